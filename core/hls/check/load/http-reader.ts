import { setTimeout as sleep } from 'node:timers/promises';
import type { PresentationReader, ReadAnswer } from '#core/hls/check/load/presentation-reader.js';
import type { ByteRange } from '#core/hls/read/playlist.js';

const maxRedirects = 5;
/** A server that makes a segment when it is asked for may say when to ask again, as it would to a player. */
const maxRepeats = 5;
const maxRetryAfterSeconds = 10;
/** Servers refuse longer ones; everything relative in a playlist becomes as long as the playlist's own. */
const maxAddressCharacters = 8_192;
/**
 * A whole answer, redirects and all, may take so long, and longer by its bytes at this rate: half of what
 * 234p needs.
 */
const patienceMs = 30_000;
const minBytesPerSecond = 8_192;
/**
 * However fast it comes: 256 MiB at 3.6 Mb/s. At the rate above alone, a hostile server could take nine
 * hours.
 */
const maxMs = 600_000;

interface Want {
  range?: ByteRange | undefined;
  limitBytes: number;
}

interface RepeatableAnswer extends ReadAnswer {
  /** undefined where it is of no use to ask again. */
  retryAfterSeconds?: number | undefined;
}

interface HttpReaderOptions {
  fetch?: typeof fetch;
  signal?: AbortSignal | undefined;
  /** For an answer to begin, and between two pieces of its body. */
  patienceMs?: number;
  /** For a whole answer. */
  maxMs?: number;
}

/**
 * Reads over HTTP as a player does: asks for gzip, follows redirects (and remembers them), trusts no length.
 */
export class HttpReader implements PresentationReader {
  private readonly fetch: typeof fetch;
  private readonly signal: AbortSignal | undefined;
  private readonly patienceMs: number;
  private readonly maxMs: number;

  constructor(options: HttpReaderOptions = {}) {
    this.fetch = options.fetch ?? fetch;
    this.signal = options.signal;
    this.patienceMs = options.patienceMs ?? patienceMs;
    this.maxMs = options.maxMs ?? maxMs;
  }

  sizeOf(): undefined {
    return undefined;
  }

  async read(uri: string, want: Want): Promise<ReadAnswer> {
    for (let left = maxRepeats; ; left -= 1) {
      const { retryAfterSeconds, ...answer } = await this.readOnce(uri, want);
      if (retryAfterSeconds === undefined || left === 0) return answer;
      await sleep(retryAfterSeconds * 1000, undefined, this.signal && { signal: this.signal });
    }
  }

  private async readOnce(uri: string, want: Want): Promise<RepeatableAnswer> {
    this.signal?.throwIfAborted();
    const redirects: string[] = [];
    let answer: ReadAnswer = {
      status: undefined,
      bytes: Buffer.alloc(0),
      error: undefined,
      transport: undefined,
    };
    const patience = new Patience(this.patienceMs, this.maxMs);
    const signal = AbortSignal.any([patience.signal, ...(this.signal ? [this.signal] : [])]);
    try {
      const response = await this.follow(uri, want.range, redirects, signal);
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
        return { ...answer, retryAfterSeconds: retryAfter(response) };
      }
      const bytes = await readBody(response, want.limitBytes, patience);
      return { ...answer, ...sliceRange(bytes, response.status, want.range) };
    } catch (error) {
      this.signal?.throwIfAborted();
      return { ...answer, error: patience.reason ?? reasonOf(error) };
    } finally {
      patience.end();
    }
  }

  private async follow(
    uri: string,
    range: ByteRange | undefined,
    redirects: string[],
    signal: AbortSignal,
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

/** In seconds: a date is for clients that have longer to wait. */
function retryAfter({ status, headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? '';
  if ((status !== 503 && status !== 429) || !/^\d{1,4}$/.test(text)) return undefined;
  const seconds = Number(text);
  return seconds <= maxRetryAfterSeconds ? seconds : undefined;
}

/** A playlist can name any address: a checker must not be led to the files of the machine it runs on. */
function requireHttp(uri: string): string {
  if (uri.length > maxAddressCharacters) {
    throw new Error(`its address has ${uri.length} characters, over ${maxAddressCharacters}`);
  }
  if (URL.canParse(uri) && ['http:', 'https:'].includes(new URL(uri).protocol)) return uri;
  throw new Error('it is no http or https address');
}

/**
 * Ends what takes too long: a server may answer at once and then send a byte a minute, or all but the last
 * byte and then nothing.
 */
class Patience {
  private readonly controller = new AbortController();
  private readonly startedAt = performance.now();
  private receivedAt = this.startedAt;
  private bytes = 0;
  private timer: NodeJS.Timeout;
  /** Why it was ended; undefined where it was not. */
  reason: string | undefined;

  constructor(
    private readonly patienceMs: number,
    private readonly maxMs: number,
  ) {
    this.timer = setTimeout(() => this.checkDeadlines(), Math.min(patienceMs, maxMs));
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  received(bytes: number): void {
    this.bytes += bytes;
    this.receivedAt = performance.now();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private checkDeadlines(): void {
    const now = performance.now();
    const [limit] = this.limits().sort((a, b) => a.endsAt - b.endsAt);
    if (limit && limit.endsAt > now) {
      this.timer = setTimeout(() => this.checkDeadlines(), limit.endsAt - now);
    } else {
      this.reason = limit?.reason(secondsOf(now - this.startedAt));
      this.controller.abort();
    }
  }

  private limits(): { endsAt: number; reason: (took: number) => string }[] {
    const { startedAt, receivedAt, patienceMs: patience, maxMs: max, bytes } = this;
    const begin = () => `no answer within ${secondsOf(patience)} s`;
    if (bytes === 0) return [{ endsAt: startedAt + Math.min(patience, max), reason: begin }];
    const came = `${bytes} bytes came`;
    return [
      {
        endsAt: receivedAt + patience,
        reason: () => `${came}, then nothing for ${secondsOf(patience)} s`,
      },
      {
        endsAt: startedAt + patience + (bytes / minBytesPerSecond) * 1000,
        reason: (took) =>
          `it is too slow: ${came} in ${took} s, fewer than ${minBytesPerSecond} a second after the first ${secondsOf(patience)} s`,
      },
      {
        endsAt: startedAt + max,
        reason: (took) => `it is too slow: ${came} in ${took} s, it may take ${secondsOf(max)} s`,
      },
    ];
  }
}

const secondsOf = (ms: number): number => Number((ms / 1000).toFixed(1));

async function readBody(response: Response, limitBytes: number, patience: Patience): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (!response.body) return Buffer.alloc(0);
  for await (const chunk of response.body) {
    length += chunk.length;
    patience.received(chunk.length);
    // Leaving the loop cancels the body.
    if (length > limitBytes) throw new Error(`it is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A server may answer a range with all there is. */
function sliceRange(
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
  return error.cause instanceof Error ? error.cause.message : error.message;
}
