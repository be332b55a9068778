import { type Trouble, troubleOfAnswer, troubleOfGarble, troubleOfSilence } from '#web/words/trouble.js';

/** Thrown for every answer that is not the expected JSON. `trouble` explains it to people. */
export class AnswerError extends Error {
  constructor(
    readonly trouble: Trouble,
    /** 0 if no answer came. */
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(`${trouble.code ?? 'trouble'}: ${trouble.sentence}`, options);
    this.name = 'AnswerError';
  }
}

/** A slower answer counts as none, so that a page that polls notices a service that hangs. */
const maxWaitMs = 10_000;

/** Fetches JSON from delivery, the origin of this page. Throws AnswerError or the abort error of `signal`. */
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
