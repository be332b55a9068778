import type { Redis } from 'ioredis';
import { redisKeys } from '#core/queue/queues.js';

/** Wakes who waits for objects of a publication when a worker says that it stored one. One subscription for all. */
export class StoredSignals {
  private readonly waiting = new Map<string, Set<(path: string) => void>>();

  /** `subscriber` is of role `subscriber`; other patterns may share it. */
  constructor(private readonly subscriber: Redis) {
    subscriber.on('pmessage', (pattern: string, channel: string, path: string) => {
      if (pattern !== redisKeys.storedPattern) return;
      for (const wake of this.waiting.get(channel) ?? []) wake(path);
    });
  }

  /** Does not wait: Redis may be away, and signals only save time. */
  start(): void {
    this.subscriber.psubscribe(redisKeys.storedPattern).catch(() => undefined);
  }

  /** Calls `wake` with the path of each object stored from now on. Returns what ends it. */
  listen(publicationId: string, wake: (path: string) => void): () => void {
    const channel = redisKeys.storedChannel(publicationId);
    const wakes = this.waiting.get(channel) ?? new Set();
    this.waiting.set(channel, wakes.add(wake));
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.waiting.get(channel) === wakes) this.waiting.delete(channel);
    };
  }
}
