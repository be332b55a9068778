import type { PresentationReader, ReadAnswer } from '#core/hls/check/presentation-reader.js';
import type { ByteRange } from '#core/hls/read-playlist.js';

const mostRedirects = 5;
const timeoutMs = 30_000;

interface HttpReaderOptions {
  fetch?: typeof fetch;
  signal?: AbortSignal | undefined;
}

/** Reads over HTTP as a player does: asks for gzip, follows redirects (and remembers them), trusts no length. */
export class HttpReader implements PresentationReader {
  private readonly fetch: typeof fetch;
  private readonly signal: AbortSignal | undefined;

  constructor(options: HttpReaderOptions = {}) {
    this.fetch = options.fetch ?? fetch;
    this.signal = options.signal;
  }

  sizeOf(): undefined {
    return undefined;
  }

  async read(uri: string, want: { range?: ByteRange | undefined; limitBytes: number }): Promise<ReadAnswer> {
    this.signal?.throwIfAborted();
    const redirects: string[] = [];
    let answer: ReadAnswer = {
      status: undefined,
      bytes: Buffer.alloc(0),
      error: undefined,
      transport: undefined,
    };
    try {
      const response = await this.follow(uri, want.range, redirects);
      const { headers } = response;
      answer = {
        ...answer,
        status: response.status,
        transport: {
          contentType: headers.get('content-type') ?? undefined,
          contentEncoding: headers.get('content-encoding') ?? undefined,
          redirects,
        },
      };
      if (!response.ok) {
        await response.body?.cancel();
        return answer;
      }
      const bytes = await readBody(response, want.limitBytes);
      return { ...answer, ...cutRange(bytes, response.status, want.range) };
    } catch (error) {
      this.signal?.throwIfAborted();
      return { ...answer, error: reasonOf(error) };
    }
  }

  private async follow(uri: string, range: ByteRange | undefined, redirects: string[]): Promise<Response> {
    let address = requireHttp(uri);
    for (;;) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const response = await this.fetch(address, {
        redirect: 'manual',
        signal: this.signal ? AbortSignal.any([timeout, this.signal]) : timeout,
        headers: {
          'accept-encoding': range ? 'identity' : 'gzip',
          ...(range && { range: `bytes=${range.offsetBytes}-${range.offsetBytes + range.lengthBytes - 1}` }),
        },
      });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) return response;
      await response.body?.cancel();
      address = requireHttp(new URL(location, address).href);
      redirects.push(address);
      if (redirects.length > mostRedirects) throw new Error(`more than ${mostRedirects} redirects`);
    }
  }
}

/** A playlist can name any address: a checker must not be led to the files of the machine it runs on. */
function requireHttp(uri: string): string {
  if (URL.canParse(uri) && ['http:', 'https:'].includes(new URL(uri).protocol)) return uri;
  throw new Error('it is no http or https address');
}

async function readBody(response: Response, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (!response.body) return Buffer.alloc(0);
  for await (const chunk of response.body) {
    length += chunk.length;
    // Leaving the loop cancels the body.
    if (length > limitBytes) throw new Error(`it is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A server may answer a range with all there is. */
function cutRange(
  bytes: Buffer,
  status: number,
  range: ByteRange | undefined,
): Pick<ReadAnswer, 'bytes' | 'error'> {
  if (!range) return { bytes, error: undefined };
  const part =
    status === 206 ? bytes : bytes.subarray(range.offsetBytes, range.offsetBytes + range.lengthBytes);
  const isWhole = part.length === range.lengthBytes;
  return {
    bytes: part,
    error: isWhole ? undefined : `${part.length} bytes came of ${range.lengthBytes} asked for`,
  };
}

/** What fetch says of itself is "fetch failed"; the cause tells why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
