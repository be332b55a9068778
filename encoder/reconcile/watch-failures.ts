import { QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { type QueueName, queuePrefix } from '#core/queue/queues.js';

/** Every other task is a child of a publication: its failure fails `publish`. */
const watched: readonly QueueName[] = ['analyse', 'publish'];

/**
 * Calls `onFailed` when a job has failed for good, so that its title need not wait for the next look. Events that are lost
 * are found by looking. `connect` gives a connection of role `worker` for each queue; they are closed by `stop`.
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
        // Not waited for: it would wait for a Redis that is away. Without a connection it does nothing more.
        void events.close().catch(() => undefined);
        connection.disconnect();
      }
    },
  };
}
