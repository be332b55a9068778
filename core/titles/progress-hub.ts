import type { Redis } from 'ioredis';
import { type ProgressEvent, progressEventSchema } from '#core/contracts/title-resource.js';
import { redisKeys } from '#core/queue/queues.js';

type Listener = (event: ProgressEvent) => void;

/** Receives the progress of all titles over one Redis connection, for the listeners of each title. */
export class ProgressHub {
  private readonly listeners = new Map<string, Set<Listener>>();

  /** `subscriber` has the role `subscriber`: it subscribes again by itself after a lost connection. */
  constructor(private readonly subscriber: Redis) {
    subscriber.on('pmessage', (pattern: string, _channel: string, message: string) => {
      if (pattern === redisKeys.progressPattern) this.deliver(message);
    });
  }

  /** Does not wait for the subscription, since Redis may be down at the start. */
  start(): void {
    this.subscriber.psubscribe(redisKeys.progressPattern).catch(() => undefined);
  }

  /** Returns a function that stops listening. */
  listen(titleId: string, listener: Listener): () => void {
    const listeners = this.listeners.get(titleId) ?? new Set();
    this.listeners.set(titleId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(titleId) === listeners) this.listeners.delete(titleId);
    };
  }

  private deliver(message: string): void {
    const event = parseEvent(message);
    if (!event) return;
    for (const listener of this.listeners.get(event.titleId) ?? []) listener(event);
  }
}

function parseEvent(message: string): ProgressEvent | undefined {
  try {
    return progressEventSchema.safeParse(JSON.parse(message)).data;
  } catch {
    return undefined;
  }
}
