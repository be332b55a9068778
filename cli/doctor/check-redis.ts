import { messageOf } from '#cli/context/cli-error.js';
import type { DoctorFinding } from '#cli/doctor/finding.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';

const answerWithinMs = 5_000;

/** Checks that Redis answers and loses no job: append-only file on, no eviction. */
export async function checkRedis(url: string): Promise<DoctorFinding> {
  const name = 'Redis';
  try {
    const redis = connectRedis(url, 'worker');
    // Without a listener an error event ends the process. The wait below reports the cause.
    redis.on('error', () => undefined);
    try {
      await waitForRedis(redis, answerWithinMs);
      const info = await redis.info();
      const policy = infoField(info, 'maxmemory_policy');
      const appendOnly = infoField(info, 'aof_enabled') === '1';
      const version = infoField(info, 'redis_version');
      const flaws = [
        ...(appendOnly ? [] : ['its append-only file is off: set "appendonly yes"']),
        ...(policy === 'noeviction'
          ? []
          : [`it may evict jobs (maxmemory-policy ${policy}): set "maxmemory-policy noeviction"`]),
      ];
      if (flaws.length === 0)
        return { name, status: 'ok', detail: `${version} answers, append-only, no eviction` };
      return { name, status: 'missing', detail: `${version} answers, unfit`, remedy: `${flaws.join('; ')}.` };
    } finally {
      redis.disconnect();
    }
  } catch (error) {
    return {
      name,
      status: 'missing',
      detail: messageOf(error),
      remedy: 'Start it, or correct MILLRACE_REDIS_URL.',
    };
  }
}

function infoField(info: string, field: string): string | undefined {
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
