import type { Redis } from 'ioredis';
import type { TitleId } from '#core/contracts/ids.js';
import type { ProgressEvent } from '#core/contracts/progress.js';
import { type TitleRecord, terminalStates } from '#core/contracts/title.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { ProgressHub } from '#core/titles/progress-hub.js';
import { progressOf } from '#core/titles/title-progress.js';

/** The record is looked at this often: what Redis could not tell arrives then, and the line proves itself alive. */
const pollMs = 5_000;
/** A client this far behind gets the newest event of its title alone. */
const maxQueued = 100;

export interface EventStreamParts {
  hub: ProgressHub;
  redis: Redis;
  readRecord(titleId: TitleId): Promise<TitleRecord | undefined>;
}

/** Progress of one title as an async sequence for each client, over one Redis subscription for all. */
export class EventStreams {
  private open = 0;

  constructor(
    private readonly parts: EventStreamParts,
    private readonly max = 1_000,
  ) {}

  /**
   * Where the title stands, then every event, undefined where nothing came for a while; ends after a terminal state or with
   * `signal`. Rejects with 503 where too many are open.
   */
  async *follow(first: TitleRecord, signal: AbortSignal): AsyncGenerator<ProgressEvent | undefined> {
    if (this.open >= this.max) {
      throw new ProblemError(
        503,
        'too-many-streams',
        `${this.max} event streams are open; that is the limit.`,
        {
          headers: { 'retry-after': '10' },
        },
      );
    }
    this.open += 1;
    const queue = new EventQueue();
    const stopListening = this.parts.hub.listen(first.titleId, (event) => queue.push(event));
    try {
      yield* this.events(first, queue, signal);
    } finally {
      stopListening();
      this.open -= 1;
    }
  }

  private async *events(
    first: TitleRecord,
    queue: EventQueue,
    signal: AbortSignal,
  ): AsyncGenerator<ProgressEvent | undefined> {
    let last = await this.poll(first.titleId, first);
    yield last;
    while (!terminalStates.has(last.state) && !signal.aborted) {
      const notified = await queue.next(pollMs, signal);
      if (signal.aborted) return;
      const event = notified ?? (await this.poll(first.titleId, undefined).catch(() => undefined));
      if (event && (notified !== undefined || differs(event, last))) {
        last = event;
        yield event;
      } else {
        yield undefined;
      }
    }
  }

  private async poll(titleId: TitleId, known: TitleRecord | undefined): Promise<ProgressEvent> {
    const record = known ?? (await this.parts.readRecord(titleId));
    if (!record) throw new ProblemError(404, 'unknown-title', 'There is no such title.');
    return progressOf(this.parts.redis, record);
  }
}

function differs(a: ProgressEvent, b: ProgressEvent): boolean {
  return a.state !== b.state || a.segmentsStored > b.segmentsStored;
}

class EventQueue {
  private readonly events: ProgressEvent[] = [];
  private wake: (() => void) | undefined;

  push(event: ProgressEvent): void {
    if (this.events.length >= maxQueued) this.events.length = 0;
    this.events.push(event);
    this.wake?.();
  }

  /** The next event; undefined after `waitMs` without one, or when `signal` aborts. */
  async next(waitMs: number, signal: AbortSignal): Promise<ProgressEvent | undefined> {
    if (this.events.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', this.wake, { once: true });
      });
      if (this.wake) signal.removeEventListener('abort', this.wake);
      this.wake = undefined;
    }
    return this.events.shift();
  }
}
