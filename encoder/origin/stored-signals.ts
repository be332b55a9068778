import type { Redis } from 'ioredis';
import { redisKeys } from '#core/queue/queues.js';

/** Tells listeners which objects of a publication workers have stored, over one Redis subscription. */
export class StoredSignals {
  private readonly listeners = new Map<string, Set<(path: string) => void>>();

  /** `subscriber` is a connection of role `subscriber`; other patterns may share it. */
  constructor(private readonly subscriber: Redis) {
    subscriber.on('pmessage', (pattern: string, channel: string, path: string) => {
      if (pattern !== redisKeys.storedPattern) return;
      for (const onStored of this.listeners.get(channel) ?? []) onStored(path);
    });
  }

  /** Returns at once: Redis may be down, and signals only save time. */
  start(): void {
    this.subscriber.psubscribe(redisKeys.storedPattern).catch(() => undefined);
  }

  /** Calls `onStored` with the path of each object stored from now on. Returns a function that ends this. */
  listen(publicationId: string, onStored: (path: string) => void): () => void {
    const channel = redisKeys.storedChannel(publicationId);
    const listeners = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, listeners.add(onStored));
    return () => {
      listeners.delete(onStored);
      if (listeners.size === 0 && this.listeners.get(channel) === listeners) this.listeners.delete(channel);
    };
  }
}
