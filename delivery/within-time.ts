/** `work`, or a rejection that names `what` after `ms`. The work itself goes on: only the waiting ends. */
export async function withinTime<Value>(work: Promise<Value>, ms: number, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const error = new Error(`${what} did not answer within ${ms} ms`);
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection to Redis that hangs is as good as none; every reader of ours can do without. */
export const redisPatienceMs = 1_000;
