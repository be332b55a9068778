import type { Redis } from 'ioredis';
import { queueAway } from '#encoder/api/to-problem-error.js';

/** A Redis that takes connections but does not answer is away, too. */
const answerMs = 2_000;

/** Rejects with 503 while the queue is away: a write that would be accepted could not be followed up. */
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
    throw queueAway(error);
  } finally {
    clearTimeout(timer);
  }
}
