/**
 * A connection that hangs is treated as one that is down, so that nobody waits longer than this for Redis.
 */
const maxWaitMs = 1_000;

/**
 * Resolves as `answer` does, or rejects after one second. The command itself goes on: only the wait ends. For
 * callers that have a fallback while Redis is down.
 */
export async function awaitRedis<Value>(answer: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const error = new Error(`Redis did not answer within ${maxWaitMs} ms`);
    timer = setTimeout(() => reject(error), maxWaitMs);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
