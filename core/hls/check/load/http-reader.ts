import { setTimeout as sleep } from 'node:timers/promises';
import { type DeadlineLimits, ReadDeadline } from '#core/hls/check/load/read-deadline.js';
import type { PresentationReader, ReadAnswer, ReadRequest } from '#core/hls/check/load/resource-reader.js';
import type { ByteRange } from '#core/hls/read/playlist.js';

const maxRedirects = 5;
/** A server that encodes segments on demand answers 503 with Retry-After, as it does to players. */
const maxRetries = 5;
const maxRetryAfterSeconds = 10;
/**
 * Servers reject longer addresses. Relative URIs in a playlist make addresses as long as the playlist's own.
 */
const maxAddressCharacters = 8_192;
/**
 * The limit for a whole response allows 256 MiB at 3.6 Mb/s. With the minimum rate alone, a hostile server
 * could take nine hours.
 */
const defaultLimits: DeadlineLimits = { patienceMs: 30_000, maxMs: 600_000 };

interface RetriableAnswer extends ReadAnswer {
  /** undefined if a retry is pointless. */
  retryAfterSeconds?: number | undefined;
}

interface HttpReaderOptions extends Partial<DeadlineLimits> {
  fetch?: typeof fetch;
  signal?: AbortSignal | undefined;
}

/**
 * Reads over HTTP as a player does: accepts gzip, follows (and records) redirects, trusts no declared length.
 */
export class HttpReader implements PresentationReader {
  private readonly fetch: typeof fetch;
  private readonly signal: AbortSignal | undefined;
  private readonly limits: DeadlineLimits;

  constructor(options: HttpReaderOptions = {}) {
    this.fetch = options.fetch ?? fetch;
    this.signal = options.signal;
    this.limits = {
      patienceMs: options.patienceMs ?? defaultLimits.patienceMs,
      maxMs: options.maxMs ?? defaultLimits.maxMs,
    };
  }

  sizeOf(): undefined {
    return undefined;
  }

  async read(uri: string, request: ReadRequest): Promise<ReadAnswer> {
    for (let left = maxRetries; ; left -= 1) {
      const { retryAfterSeconds, ...answer } = await this.readOnce(uri, request);
      if (retryAfterSeconds === undefined || left === 0) return answer;
      await sleep(retryAfterSeconds * 1000, undefined, this.signal && { signal: this.signal });
    }
  }

  private async readOnce(uri: string, { range, limitBytes }: ReadRequest): Promise<RetriableAnswer> {
    this.signal?.throwIfAborted();
    const redirects: string[] = [];
    let answer: ReadAnswer = {
      status: undefined,
      bytes: Buffer.alloc(0),
      error: undefined,
      transport: undefined,
    };
    const deadline = new ReadDeadline(this.limits);
    const signal = AbortSignal.any([deadline.signal, ...(this.signal ? [this.signal] : [])]);
    try {
      const response = await this.follow(uri, { range, redirects, signal });
      answer = { ...answer, status: response.status, transport: describeTransport(response, redirects) };
      if (!response.ok) {
        await response.body?.cancel();
        return { ...answer, retryAfterSeconds: readRetryAfter(response) };
      }
      const bytes = await readBody(response, limitBytes, deadline);
      return { ...answer, ...sliceRange(bytes, response.status, range) };
    } catch (error) {
      this.signal?.throwIfAborted();
      return { ...answer, error: deadline.reason ?? reasonOf(error) };
    } finally {
      deadline.clear();
    }
  }

  /** Follows redirects and appends their addresses to `redirects`. */
  private async follow(
    uri: string,
    { range, redirects, signal }: { range: ByteRange | undefined; redirects: string[]; signal: AbortSignal },
  ): Promise<Response> {
    let address = requireHttp(uri);
    for (;;) {
      const response = await this.fetch(address, {
        redirect: 'manual',
        signal,
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
      if (redirects.length > maxRedirects) throw new Error(`more than ${maxRedirects} redirects`);
    }
  }
}

function describeTransport({ headers }: Response, redirects: readonly string[]): ReadAnswer['transport'] {
  return {
    contentType: headers.get('content-type') ?? undefined,
    contentEncoding: headers.get('content-encoding') ?? undefined,
    redirects,
  };
}

/** Reads Retry-After in seconds. Ignores dates, which announce longer waits. */
function readRetryAfter({ status, headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? '';
  if ((status !== 503 && status !== 429) || !/^\d{1,4}$/.test(text)) return undefined;
  const seconds = Number(text);
  return seconds <= maxRetryAfterSeconds ? seconds : undefined;
}

/** A playlist can name any address: it must not make the checker read local files of its machine. */
function requireHttp(uri: string): string {
  if (uri.length > maxAddressCharacters) {
    throw new Error(`its address has ${uri.length} characters, over the limit of ${maxAddressCharacters}`);
  }
  if (URL.canParse(uri) && ['http:', 'https:'].includes(new URL(uri).protocol)) return uri;
  throw new Error('it is not an http or https address');
}

async function readBody(response: Response, limitBytes: number, deadline: ReadDeadline): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (!response.body) return Buffer.alloc(0);
  for await (const chunk of response.body) {
    length += chunk.length;
    deadline.received(chunk.length);
    // Leaving the loop cancels the body.
    if (length > limitBytes) throw new Error(`it is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Takes the requested range. A server may answer a range request with the whole resource. */
function sliceRange(
  bytes: Buffer,
  status: number,
  range: ByteRange | undefined,
): Pick<ReadAnswer, 'bytes' | 'error'> {
  if (!range) return { bytes, error: undefined };
  const part =
    status === 206 ? bytes : bytes.subarray(range.offsetBytes, range.offsetBytes + range.lengthBytes);
  const isComplete = part.length === range.lengthBytes;
  return {
    bytes: part,
    error: isComplete ? undefined : `${part.length} of ${range.lengthBytes} requested bytes arrived`,
  };
}

/** The message of fetch is always "fetch failed"; its cause has the reason. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
