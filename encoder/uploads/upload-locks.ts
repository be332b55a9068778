import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { TitleId } from '#core/contracts/ids.js';
import { queuePrefix } from '#core/queue/queues.js';
import { ProblemError } from '#core/runtime/problem.js';

/** Lifetime of a lock without renewal: how long an upload stays locked after its holder died. */
const lockMs = 6_000;
const renewMs = 2_000;

const renewScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') and 1 or 0`;
const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** Allows one writer per upload over all replicas, by a lock in Redis that expires. */
export class UploadLocks {
  constructor(private readonly redis: Redis) {}

  /** Rejects with 423 if another writer holds the lock. Calls `onLost` if another writer takes it later. */
  async acquire(titleId: TitleId, onLost: () => void): Promise<() => Promise<void>> {
    const key = `${queuePrefix}:upload-lock:${titleId}`;
    const holder = randomBytes(12).toString('base64url');
    if ((await this.redis.set(key, holder, 'PX', lockMs, 'NX')) !== 'OK') throw locked(titleId);
    const timer = setInterval(() => {
      // A failed renewal does not lose the lock: while Redis is unavailable, no other writer can take it.
      this.redis
        .eval(renewScript, 1, key, holder, lockMs)
        .then((renewed) => (renewed === 1 ? undefined : onLost()))
        .catch(() => undefined);
    }, renewMs);
    return async () => {
      clearInterval(timer);
      await this.redis.eval(releaseScript, 1, key, holder).catch(() => undefined);
    };
  }
}

function locked(titleId: TitleId): ProblemError {
  return new ProblemError(
    423,
    'upload-locked',
    `Another request is writing upload ${titleId}. Ask for its offset and try again in a second.`,
    { headers: { 'retry-after': '1' } },
  );
}
