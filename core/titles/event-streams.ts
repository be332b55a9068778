import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { TitleId } from '#core/contracts/ids.js';
import { terminalStates } from '#core/contracts/title.js';
import type { ProgressEvent } from '#core/contracts/title-resource.js';
import { ProblemError } from '#core/runtime/problem.js';
import { WakeableWait } from '#core/runtime/wakeable-wait.js';
import type { ProgressHub } from '#core/titles/progress-hub.js';

/** A client this far behind gets the newest event of its title alone. */
const maxQueued = 100;

export interface EventStreamOptions {
  /** Reads the progress of a title as `follow` reports it; undefined for an unknown title. */
  readEvent(titleId: TitleId): Promise<ProgressEvent | undefined>;
  /** Delivers events as they are published. Without it streams only poll. */
  hub?: ProgressHub;
  /** How often the title is read, to find changes that no event reported. */
  pollMs: number;
  /** Silence after which `follow` yields undefined. Proxies close connections after half a minute of it. */
  keepAliveMs: number;
  /** Open streams at a time: each holds a socket and a timer. */
  maxOpen: number;
}

/** Progress of titles as async sequences, one for each client, over one Redis subscription for all. */
export class EventStreams {
  private open = 0;

  constructor(private readonly options: EventStreamOptions) {}

  /**
   * Yields `first`, then every event, and undefined after each silence of `keepAliveMs`. Ends after a
   * terminal state or when `signal` aborts. Rejects with a 503 problem if too many streams are open.
   */
  async *follow(first: ProgressEvent, signal: AbortSignal): AsyncGenerator<ProgressEvent | undefined> {
    const { hub, maxOpen } = this.options;
    if (this.open >= maxOpen) {
      const message = `${maxOpen} event streams are open, which is the limit. Poll the title instead.`;
      throw new ProblemError(503, 'too-many-streams', message, { headers: { 'retry-after': '10' } });
    }
    this.open += 1;
    const queue = new EventQueue();
    const stopListening = hub?.listen(first.titleId, (event) => queue.push(event));
    try {
      yield* this.events(first, queue, signal);
    } finally {
      stopListening?.();
      this.open -= 1;
    }
  }

  private async *events(
    first: ProgressEvent,
    queue: EventQueue,
    signal: AbortSignal,
  ): AsyncGenerator<ProgressEvent | undefined> {
    const { pollMs, keepAliveMs } = this.options;
    let last = first;
    let silentMs = 0;
    yield last;
    while (!terminalStates.has(last.state) && !signal.aborted) {
      const published = await queue.next(pollMs, signal);
      if (signal.aborted) return;
      const event = published ?? (await this.poll(first.titleId));
      if (event && (published || isNews(event, last))) {
        last = event;
        silentMs = 0;
        yield event;
      } else if ((silentMs += pollMs) >= keepAliveMs) {
        silentMs = 0;
        yield undefined;
      }
    }
  }

  /** Storage may be down for a moment: the next poll asks again. */
  private poll(titleId: TitleId): Promise<ProgressEvent | undefined> {
    return this.options.readEvent(titleId).catch(() => undefined);
  }
}

/** Whether a polled event is worth sending. A lower count only means that Redis is down or has lost it. */
function isNews(event: ProgressEvent, last: ProgressEvent): boolean {
  return event.state !== last.state || event.segmentsStored > last.segmentsStored;
}

class EventQueue {
  private readonly events: ProgressEvent[] = [];
  private readonly arrival = new WakeableWait();

  push(event: ProgressEvent): void {
    if (this.events.length >= maxQueued) this.events.length = 0;
    this.events.push(event);
    this.arrival.wake();
  }

  /** The next event; undefined after `waitMs` without one, or when `signal` aborts. */
  async next(waitMs: number, signal: AbortSignal): Promise<ProgressEvent | undefined> {
    const deadline = performance.now() + waitMs;
    while (this.events.length === 0 && !signal.aborted) {
      const timeoutMs = deadline - performance.now();
      if (timeoutMs <= 0) break;
      await this.arrival.wait({ timeoutMs, signal });
    }
    return this.events.shift();
  }
}

/**
 * Answers with a title's progress as server-sent events, from `first` until the title is done or the client
 * leaves. Rejects with a 503 problem if too many streams are open.
 */
export async function answerProgressEvents(
  context: Context,
  streams: EventStreams,
  first: ProgressEvent,
): Promise<Response> {
  const stopped = new AbortController();
  const events = streams.follow(first, stopped.signal);
  // The sequence starts before the answer does, so that a refusal still has a status of its own.
  const started = await events.next();
  context.header('cache-control', 'no-store');
  context.header('x-accel-buffering', 'no');
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => stopped.abort());
    try {
      for (let step = started; !step.done; step = await events.next()) {
        if (step.value) await stream.writeSSE({ event: 'progress', data: JSON.stringify(step.value) });
        else await stream.write(': still here\n\n');
      }
    } finally {
      await events.return(undefined);
    }
  });
}
