import type { Dispatcher } from 'undici';
import { contentTypeOf } from '#core/contracts/publication-layout.js';
import { type Fill, FillError } from '#edge/cache/fill.js';

export interface UpstreamSettings {
  /** Base address of the origin or shield, no trailing slash. */
  originUrl: string;
  /** Bearer secret that it asks for, if it does. */
  secret: string | undefined;
  dispatcher: Dispatcher;
}

/** An origin may encode a segment on demand before it answers: its own limit is 25 s. */
const headersTimeoutMs = 30_000;
/** A body that does not move for this long is dead. */
const bodyTimeoutMs = 10_000;
/** A connection that breaks before any answer is tried again this often: the origin may just be restarting. */
const tries = 2;

/** Asks the origin for one object and feeds it to `fill`. Rejects with FillError; the fill's owner tells the waiters. */
export async function fetchFromOrigin(settings: UpstreamSettings, path: string, fill: Fill): Promise<void> {
  const answer = await ask(settings, path, tries);
  const { statusCode, headers, body } = answer;
  if (statusCode !== 200) {
    await body.dump();
    throw refusalOf(statusCode, headers['retry-after'], path);
  }
  const bytes = Number(headers['content-length']);
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    body.destroy();
    throw new FillError('truncated', `the origin did not say how long ${path} is`);
  }
  fill.begin({
    bytes,
    contentType: contentTypeOf(path) ?? 'application/octet-stream',
    etag: text(headers.etag) ?? `"${bytes}"`,
    cacheControl: text(headers['cache-control']) ?? 'no-store',
  });
  try {
    for await (const chunk of body) fill.append(chunk as Buffer);
  } catch (error) {
    if (error instanceof FillError) throw error;
    throw new FillError('truncated', `the origin broke off ${path}`, undefined, { cause: error });
  }
}

async function ask(
  settings: UpstreamSettings,
  path: string,
  triesLeft: number,
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname } = new URL(settings.originUrl);
  try {
    return await settings.dispatcher.request({
      origin,
      path: `${pathname === '/' ? '' : pathname}/media/${path}`,
      method: 'GET',
      headers: {
        'accept-encoding': 'identity',
        ...(settings.secret === undefined ? {} : { authorization: `Bearer ${settings.secret}` }),
      },
      headersTimeout: headersTimeoutMs,
      bodyTimeout: bodyTimeoutMs,
    });
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === 'UND_ERR_HEADERS_TIMEOUT') {
      throw new FillError('timeout', `the origin did not answer for ${path} within ${headersTimeoutMs} ms`);
    }
    if (triesLeft > 1) return ask(settings, path, triesLeft - 1);
    throw new FillError('unreachable', `the origin cannot be reached (${code ?? String(error)})`, undefined, {
      cause: error,
    });
  }
}

/** A refusal meant for players is passed on; one that is about us (a wrong secret, say) becomes 502. */
function refusalOf(status: number, retryAfter: string | string[] | undefined, path: string): FillError {
  const passed = status === 404 || status === 410 || status === 503 ? status : 502;
  return new FillError('refused', `the origin answered ${status} for ${path}`, {
    status: passed,
    retryAfter: passed === 503 ? (text(retryAfter) ?? '1') : undefined,
  });
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
