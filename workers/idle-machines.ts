import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, WaitingError } from 'bullmq';
import type { Redis } from 'ioredis';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys } from '#core/queue/queues.js';
import { BoundedMap } from '#core/runtime/bounded-map.js';
import { handBack } from '#workers/hand-back.js';

/** A machine without work repeats itself at this interval. */
const announceMs = 400;
/** What a machine said last holds for this long: until then, one that died may delay a demand. */
const validMs = 1_000;
/**
 * A job that was handed back wakes the worker that has waited longest, which is soon an idle one. Meanwhile
 * the worker that handed it back keeps the job's slot for this long, so as not to take it again at once.
 */
const holdMs = 20;
/** A job that still comes back after this long runs here: the idle machine is gone, or busy by now. */
const maxHandBackMs = 200;

/**
 * Leaves demands to machines that have nothing else to do. Every worker process tells the others while it has
 * no job, and a busy one hands a demand back to its queue while another machine is idle. Workers on the same
 * machine share its cores, so they leave each other nothing.
 */
export class IdleMachines {
  private runningJobs = 0;
  /** When each job was first handed back, by job id. Entries stay if another worker takes the job. */
  private readonly handedBackAt = new BoundedMap<string, number>(1_000);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly machineId: string,
  ) {}

  /** Starts to tell the others. For workers that take demands. */
  announce(): void {
    this.timer ??= setInterval(() => void this.tell(), announceMs).unref();
    void this.tell();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Runs a job. The machine counts as busy meanwhile. */
  async busy<Value>(work: () => Promise<Value>): Promise<Value> {
    this.runningJobs += 1;
    if (this.runningJobs === 1) this.redis.del(redisKeys.idleMachine(this.machineId)).catch(() => undefined);
    try {
      return await work();
    } finally {
      this.runningJobs -= 1;
      if (this.timer) void this.tell();
    }
  }

  /**
   * Hands a demand back, without using up an attempt, if this process has other work and another machine has
   * none: throws BullMQ's WaitingError then. Resolves if the job is to run here. To be called before `busy`.
   */
  async leaveToIdle(job: Job, token: string | undefined): Promise<void> {
    const jobId = job.id ?? '';
    const firstAt = this.handedBackAt.get(jobId) ?? performance.now();
    this.handedBackAt.delete(jobId);
    const isOld = performance.now() - firstAt >= maxHandBackMs;
    if (this.runningJobs === 0 || isOld || !(await this.isOtherIdle())) return;
    this.handedBackAt.set(jobId, firstAt);
    await handBack(job, token);
    await sleep(holdMs);
    throw new WaitingError();
  }

  private async tell(): Promise<void> {
    if (this.runningJobs > 0) return;
    await this.redis
      .multi()
      .sadd(redisKeys.idleMachines, this.machineId)
      .set(redisKeys.idleMachine(this.machineId), '1', 'PX', validMs)
      .exec()
      .catch(() => undefined);
  }

  /** Without Redis's answer a demand runs here. */
  private async isOtherIdle(): Promise<boolean> {
    try {
      const machines = await awaitRedis(this.redis.smembers(redisKeys.idleMachines));
      const others = machines.filter((machineId) => machineId !== this.machineId);
      if (others.length === 0) return false;
      if ((await awaitRedis(this.redis.exists(others.map(redisKeys.idleMachine)))) > 0) return true;
      // Those that are still there add themselves again; others would stay for ever.
      await awaitRedis(this.redis.srem(redisKeys.idleMachines, others));
      return false;
    } catch {
      return false;
    }
  }
}
