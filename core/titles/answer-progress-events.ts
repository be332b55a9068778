import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { ProgressEvent } from '#core/contracts/progress.js';
import type { EventStreams } from '#core/titles/event-streams.js';

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
