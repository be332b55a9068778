import { messageOf } from '#cli/context/cli-error.js';
import type { DoctorFinding } from '#cli/doctor/finding.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';

const answerWithinMs = 5_000;

/** Whether a Redis answers and keeps what it is given: append-only, and never evicting a job. */
export async function checkRedis(url: string): Promise<DoctorFinding> {
  const name = 'Redis';
  try {
    const redis = connectRedis(url, 'worker');
    // An unheard error event would end the process; the wait below says what is wrong.
    redis.on('error', () => undefined);
    try {
      await waitForRedis(redis, answerWithinMs);
      const info = await redis.info();
      const policy = infoField(info, 'maxmemory_policy');
      const appendOnly = infoField(info, 'aof_enabled') === '1';
      const version = infoField(info, 'redis_version');
      const flaws = [
        ...(appendOnly ? [] : ['it is not append-only: set "appendonly yes"']),
        ...(policy === 'noeviction'
          ? []
          : [`it may drop jobs (maxmemory-policy ${policy}): set "maxmemory-policy noeviction"`]),
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
