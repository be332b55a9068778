import type { Redis } from 'ioredis';
import { type ProgressEvent, progressEventSchema } from '#core/contracts/progress.js';
import { redisKeys } from '#core/queue/queues.js';

type Listener = (event: ProgressEvent) => void;

/** Every title's progress over one subscriber connection, handed to whoever listens to that title. */
export class ProgressHub {
  private readonly listeners = new Map<string, Set<Listener>>();

  /** `subscriber` is of role `subscriber` and used for nothing else; it subscribes again by itself after a break. */
  constructor(private readonly subscriber: Redis) {
    subscriber.on('pmessage', (pattern: string, _channel: string, message: string) => {
      if (pattern === redisKeys.progressPattern) this.hand(message);
    });
  }

  /** Does not wait: Redis may be away at the start. */
  start(): void {
    this.subscriber.psubscribe(redisKeys.progressPattern).catch(() => undefined);
  }

  /** Returns what ends the listening. */
  listen(titleId: string, listener: Listener): () => void {
    const listeners = this.listeners.get(titleId) ?? new Set();
    this.listeners.set(titleId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(titleId) === listeners) this.listeners.delete(titleId);
    };
  }

  private hand(message: string): void {
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
