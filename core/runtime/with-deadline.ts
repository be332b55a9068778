import type { MayBeOutage } from '#core/runtime/is-outage.js';

/** A back end gave no answer in time. */
class DeadlineError extends Error implements MayBeOutage {
  readonly isOutage = true;
  readonly retryable = true;

  constructor(what: string, maxMs: number) {
    super(`${what}: no answer within ${maxMs} ms`);
    this.name = 'DeadlineError';
  }
}

/**
 * Resolves as `answer` does, or rejects after `maxMs`. Only the wait ends: the work itself goes on, so it
 * must be safe to repeat. `what` names the work in the error.
 */
export async function withDeadline<Value>(
  what: string,
  maxMs: number,
  answer: Promise<Value>,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(what, maxMs)), maxMs);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
