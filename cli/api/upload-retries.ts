import { DetailedError, type HttpRequest, type HttpResponse } from 'tus-js-client';

/** Pauses double up to the maximum, so that an upload goes on within seconds of the end of an outage. */
const minPauseMs = 250;
const maxPauseMs = 10_000;
/** Limit on a pause that the encoder asks for with Retry-After. */
const maxAskedPauseMs = 60_000;
/** Attempts at what may never succeed: an internal error, or an encoder that has never answered. */
const maxDoubtfulAttempts = 7;

/** Answers of an encoder, or of a proxy before it, that cannot take bytes at the moment. */
const busyStatuses: ReadonlySet<number> = new Set([408, 409, 423, 425, 429, 460, 502, 503, 504]);
/** Answers to HEAD after which only a new upload helps. */
const goneStatuses: ReadonlySet<number> = new Set([404, 410]);
/** Errors of a connection. An error in reading the local file has another code, and is final. */
const networkCodes: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ERR_STREAM_PREMATURE_CLOSE'],
]);

/** The encoder did not say how many bytes it has, which does not mean that it has none. */
class OffsetUnknownError extends Error {
  constructor(readonly response: HttpResponse) {
    super(`the encoder did not report the offset of the upload (HTTP ${response.getStatus()})`);
    this.name = 'OffsetUnknownError';
  }
}

/**
 * tus-js-client takes an error status in answer to HEAD for a lost upload, and begins a new one at byte 0.
 * Throws for such a status, unless the upload is gone: the request then counts as failed, and is repeated.
 */
export function requireOffset(request: HttpRequest, response: HttpResponse): void {
  const status = response.getStatus();
  if (request.getMethod() === 'HEAD' && status >= 300 && !goneStatuses.has(status))
    throw new OffsetUnknownError(response);
}

/** The response behind an error of tus-js-client; undefined if none arrived. */
export function responseOf(error: Error): HttpResponse | undefined {
  if (!(error instanceof DetailedError)) return undefined;
  const { originalResponse, causingError } = error;
  if (originalResponse) return originalResponse;
  return causingError instanceof OffsetUnknownError ? causingError.response : undefined;
}

export interface UploadPause {
  /** What happened, as a clause: `the storage does not answer`. */
  reason: string;
  pauseMs: number;
}

/**
 * Decides which failed requests of one upload are repeated, and when: during an outage again and again,
 * however long it lasts.
 */
export class UploadRetries {
  /** For the option `retryDelays`. Has one pause more than attempts: tus-js-client gives up at its end. */
  readonly pausesMs: number[] = [minPauseMs];
  private reason: string | undefined;

  constructor(private readonly onPause: (pause: UploadPause) => void) {}

  /** For `onShouldRetry`. `attempt` counts from 0 since the last progress. */
  shouldRetry(error: Error, attempt: number, isCreated: boolean): boolean {
    const maxAttempts = maxAttemptsAfter(error, isCreated);
    if (attempt >= maxAttempts) return false;
    if (attempt === 0) this.reason = undefined;
    const pauseMs = Math.max(growingPauseMs(attempt), askedPauseMs(responseOf(error)));
    this.pausesMs[attempt] = pauseMs;
    this.pausesMs[attempt + 1] = pauseMs;
    // A response to HEAD has no body: the reason of the request before it stands.
    this.reason = statedReason(responseOf(error)) ?? this.reason ?? reasonOf(error);
    this.onPause({ reason: this.reason, pauseMs });
    return true;
  }
}

function maxAttemptsAfter(error: Error, isCreated: boolean): number {
  const response = responseOf(error);
  if (!response) {
    if (!networkCodes.has(networkCodeOf(error) ?? '')) return 0;
    return isCreated ? Number.POSITIVE_INFINITY : maxDoubtfulAttempts;
  }
  const status = response.getStatus();
  if (busyStatuses.has(status)) return Number.POSITIVE_INFINITY;
  return status >= 500 ? maxDoubtfulAttempts : 0;
}

function growingPauseMs(attempt: number): number {
  const pauseMs = Math.min(maxPauseMs, minPauseMs * 2 ** attempt);
  // Uploads that one outage has stopped must not all come back at the same instant.
  return Math.round(pauseMs * (0.75 + Math.random() / 4));
}

function askedPauseMs(response: HttpResponse | undefined): number {
  const seconds = Number(response?.getHeader('Retry-After') ?? 0);
  return Number.isFinite(seconds) ? Math.min(maxAskedPauseMs, seconds * 1000) : 0;
}

function networkCodeOf(error: Error): string | undefined {
  const cause = error instanceof DetailedError ? error.causingError : error;
  return (cause as NodeJS.ErrnoException | null | undefined)?.code;
}

function reasonOf(error: Error): string {
  const response = responseOf(error);
  return response
    ? `the encoder cannot go on with the upload now (HTTP ${response.getStatus()})`
    : `the encoder does not answer (${networkCodeOf(error) ?? 'no reason known'})`;
}

/** The first sentence of the encoder's problem, as a clause; undefined without one. */
function statedReason(response: HttpResponse | undefined): string | undefined {
  const [sentence] = problemText(response?.getBody() ?? '')?.split(/[.,] /, 1) ?? [];
  if (sentence === undefined || sentence === '') return undefined;
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`.replace(/\.$/, '');
}

/** The detail of an RFC 9457 problem, or its title; undefined for any other body. */
export function problemText(body: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(body) as { detail?: string; title?: string };
    return detail ?? title;
  } catch {
    return undefined;
  }
}
