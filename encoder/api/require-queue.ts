import type { Redis } from 'ioredis';
import { queueUnavailable } from '#encoder/api/to-problem-error.js';

/** A Redis that accepts connections but does not answer in time counts as unavailable. */
const answerMs = 2_000;

/** Rejects with 503 while Redis is unavailable: no job could follow a write that is accepted now. */
export async function requireQueue(redis: Redis): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      redis.ping(),
      new Promise((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`Redis did not answer within ${answerMs} ms`)), answerMs);
      }),
    ]);
  } catch (error) {
    throw queueUnavailable(error);
  } finally {
    clearTimeout(timer);
  }
}
