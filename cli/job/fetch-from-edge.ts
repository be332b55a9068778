import { messageOf } from '#cli/cli-error.js';

const answerWithinMs = 30_000;
/** A segment that is still being encoded answers 503 with Retry-After. */
const attempts = 4;

export interface Fetched {
  url: string;
  bytes: Buffer;
  contentType: string;
}

/** The whole body of a 200 answer, its length compared with Content-Length. Rejects with the address and what was wrong. */
export async function fetchWhole(url: string, signal: AbortSignal): Promise<Fetched> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await request(url, signal);
    if (response.status === 503 && attempt < attempts) {
      await response.body?.cancel();
      const seconds = Number(response.headers.get('retry-after')) || 1;
      await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 5) * 1_000));
      continue;
    }
    if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
    if (response.redirected) throw new Error(`${url} redirects: media must answer by itself`);
    const bytes = Buffer.from(await response.arrayBuffer());
    const declared = response.headers.get('content-length');
    const isEncoded = response.headers.has('content-encoding');
    if (declared !== null && !isEncoded && Number(declared) !== bytes.length)
      throw new Error(`${url} sent ${bytes.length} bytes of ${declared}`);
    return { url, bytes, contentType: response.headers.get('content-type') ?? '' };
  }
}

async function request(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]) });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${url} does not answer (${messageOf((error as Error).cause ?? error)})`, {
      cause: error,
    });
  }
}
