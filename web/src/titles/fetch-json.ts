import { type Trouble, troubleOfAnswer, troubleOfGarble, troubleOfSilence } from '#web/words/trouble.js';

/** Thrown for every answer that is not the JSON asked for; `trouble` is what people read. */
export class AnswerError extends Error {
  constructor(
    readonly trouble: Trouble,
    /** 0 where nobody answered. */
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(`${trouble.code ?? 'trouble'}: ${trouble.sentence}`, options);
    this.name = 'AnswerError';
  }
}

/** An answer slower than this counts as none: a page that polls must notice a service that hangs. */
const maxWaitMs = 10_000;

/**
 * GETs JSON from delivery, the origin of this page. Throws AnswerError; an abort by `signal` passes through
 * as it is.
 */
export async function fetchJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const { status, body } = await fetchText(path, signal);
  if (status !== 200) throw new AnswerError(troubleOfAnswer(status, body), status);
  try {
    return JSON.parse(body) as T;
  } catch (cause) {
    throw new AnswerError(troubleOfGarble(), status, { cause });
  }
}

async function fetchText(path: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), maxWaitMs);
  const onAbort = (): void => deadline.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await fetch(path, {
      signal: deadline.signal,
      headers: { accept: 'application/json' },
      credentials: 'omit',
    });
    return { status: response.status, body: await response.text() };
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new AnswerError(troubleOfSilence(), 0, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
