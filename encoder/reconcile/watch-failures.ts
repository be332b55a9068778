import { QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { type QueueName, queuePrefix } from '#core/queue/queues.js';

/** Every other task is a child of `publish`, which fails with it. */
const watched: readonly QueueName[] = ['analyse', 'publish'];

/**
 * Calls `onFailed` when a job has failed for good, so that its title does not wait for the next scan, which
 * finds lost events too. `connect` opens a connection with the role `worker` for each queue; `stop` closes
 * them.
 */
export function watchFailures(connect: () => Redis, onFailed: () => void): { stop(): void } {
  const watches = watched.map((queue) => {
    const connection = connect();
    const events = new QueueEvents(queue, { connection, prefix: queuePrefix });
    events.on('error', () => undefined);
    events.on('failed', onFailed);
    return { connection, events };
  });
  return {
    stop: () => {
      for (const { connection, events } of watches) {
        // Not awaited: it would wait for a Redis that is down. Without a connection it has nothing left to
        // do.
        void events.close().catch(() => undefined);
        connection.disconnect();
      }
    },
  };
}
