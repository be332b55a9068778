import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { type QueueName, queuePrefix } from '#core/queue/queues.js';

/**
 * Takes the lock of an active job again if it has expired. If another worker has been given the job, takes
 * back the stall that was counted against it, with the failure that follows from the last allowed one.
 *
 * Keys: the job, its lock, the queue's active jobs, its stalled jobs. Arguments: job id, token, lock time in
 * ms. Returns 1 if the token holds the lock.
 */
const keepScript = `
local holder = redis.call('GET', KEYS[2])
if holder == ARGV[2] then return 1 end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if not holder and redis.call('LPOS', KEYS[3], ARGV[1]) then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  redis.call('SREM', KEYS[4], ARGV[1])
  return 1
end
if tonumber(redis.call('HGET', KEYS[1], 'stc') or '0') > 0 then
  redis.call('HINCRBY', KEYS[1], 'stc', -1)
  redis.call('HDEL', KEYS[1], 'defa')
end
return 0
`;

/**
 * The locks of the jobs that one worker runs. BullMQ counts a stall against a job whose lock expires, and
 * fails the job after a few: that is for jobs that kill their workers. A lock that expires while Redis is
 * away, or while the worker is stopped, says nothing about the job: a worker that is still there afterwards
 * keeps the lock, or takes the stall back.
 */
export class JobLocks {
  /** Tokens by job id. */
  private readonly running = new Map<string, string>();

  /** `redis` has the role `worker`: its commands wait for Redis to return. */
  constructor(
    private readonly redis: Redis,
    private readonly queue: QueueName,
    private readonly lockMs: number,
  ) {}

  /** Runs one attempt at a job. Settles as `work` does, once Redis has been reached. */
  async hold<Result>(
    { id = '' }: Pick<Job, 'id'>,
    token: string | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (token === undefined) return work();
    this.running.set(id, token);
    try {
      return await work();
    } finally {
      // Unless this process has been given the job a second time: BullMQ renews the newest lock alone.
      if (this.running.get(id) === token) {
        await this.keep(id, token);
        this.running.delete(id);
      }
    }
  }

  /** Keeps the locks that BullMQ could not renew. */
  async keepAll(jobIds: readonly string[]): Promise<void> {
    await Promise.all(
      jobIds.map(async (id) => {
        const token = this.running.get(id);
        if (token !== undefined) await this.keep(id, token);
      }),
    );
  }

  private async keep(id: string, token: string): Promise<void> {
    const queueKey = `${queuePrefix}:${this.queue}`;
    const jobKey = `${queueKey}:${id}`;
    const keys = [jobKey, `${jobKey}:lock`, `${queueKey}:active`, `${queueKey}:stalled`];
    // Without an answer the lock is as BullMQ left it, and BullMQ reports that.
    const held = await this.redis
      .eval(keepScript, keys.length, ...keys, id, token, this.lockMs)
      .catch(() => 1);
    // A stall is taken back once.
    if (held !== 1 && this.running.get(id) === token) this.running.delete(id);
  }
}
