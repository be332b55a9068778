import type { Dispatcher } from 'undici';
import { contentTypeOf } from '#core/contracts/publication-layout.js';
import { etagOf } from '#edge/cache/cached-object.js';
import { type Fill, FillError, type FillHeaders } from '#edge/cache/fill.js';

export interface UpstreamSettings {
  /** Base URL of the origin, without a trailing slash. */
  originUrl: string;
  /** Bearer secret, if the origin requires one. */
  secret: string | undefined;
  dispatcher: Dispatcher;
}

/**
 * The origin may encode a segment on demand before it answers; its own limit is 6.5 s. Players give up a
 * silent connection after 8 s or more, and survive an error better than that.
 */
const headersTimeoutMs = 7_500;
/** A body that delivers nothing for this long has stalled. */
const bodyTimeoutMs = 10_000;
/** A connection that breaks before any answer is retried once: the origin may be restarting. */
const maxTries = 2;

/** Fetches one object from the origin into `fill`. Rejects with FillError; the caller fails the fill. */
export async function fetchFromOrigin(settings: UpstreamSettings, path: string, fill: Fill): Promise<void> {
  const { statusCode, headers, body } = await request(settings, path, fill.abandoned, maxTries);
  // A body that breaks off, or is destroyed before its end, emits an error; unhandled, it would end the
  // process. The failures that matter are also thrown below.
  body.on('error', () => undefined);
  if (statusCode !== 200) {
    await body.dump().catch(() => undefined);
    throw refusalOf(statusCode, headers['retry-after'], path);
  }
  try {
    fill.begin(describe(path, headers));
    for await (const chunk of body) fill.append(chunk as Buffer);
  } catch (error) {
    if (error instanceof FillError) throw error;
    throw new FillError('truncated', `the origin's answer for ${path} ended early`, undefined, {
      cause: error,
    });
  } finally {
    body.destroy();
  }
}

/** Throws FillError if truncation of the body could not be detected. */
function describe(path: string, headers: Dispatcher.ResponseData['headers']): FillHeaders {
  const contentType = contentTypeOf(path) ?? 'application/octet-stream';
  const cacheControl = text(headers['cache-control']) ?? 'no-store';
  const etag = text(headers.etag);
  const declared = headers['content-length'];
  if (declared !== undefined) {
    const bytes = Number(declared);
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new FillError('truncated', `the origin declared no valid length for ${path}`);
    return { bytes, contentType, cacheControl, etag: etag ?? etagOf(bytes) };
  }
  // RFC 9112 6.3: a body with neither length nor chunks ends when the connection closes, whatever the reason.
  if (!/\bchunked\b/i.test(text(headers['transfer-encoding']) ?? ''))
    throw new FillError('truncated', `the origin declared no length for ${path}`);
  return { bytes: undefined, contentType, cacheControl, etag };
}

async function request(
  settings: UpstreamSettings,
  path: string,
  abandoned: AbortSignal,
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
      signal: abandoned,
    });
  } catch (error) {
    if (abandoned.aborted) throw new FillError('abandoned', `every client has left before ${path} came`);
    const code = (error as { code?: string }).code;
    if (code === 'UND_ERR_HEADERS_TIMEOUT') {
      throw new FillError('timeout', `the origin did not answer for ${path} within ${headersTimeoutMs} ms`);
    }
    if (triesLeft > 1) return request(settings, path, abandoned, triesLeft - 1);
    throw new FillError('unreachable', `the origin cannot be reached (${code ?? String(error)})`, undefined, {
      cause: error,
    });
  }
}

/** Passes on refusals that concern the player. Others, such as for a wrong secret, become 502. */
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
