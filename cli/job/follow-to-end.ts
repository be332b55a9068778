import { ApiRefusal, type EncoderClient } from '#cli/api/encoder-client.js';
import type { Output } from '#cli/output/events.js';
import { type TitleState, terminalStates } from '#core/contracts/title.js';
import type { TitleResource } from '#core/contracts/title-resource.js';

/** The event stream reports changes at once. Polling this often covers any event that it misses. */
const pollIntervalMs = 3_000;
const retryMs = 500;
/** After this long without an answer the encoder counts as gone. */
const maxAbsenceMs = 60_000;

/** Reports a title's progress until it is `ready`, `failed` or `deleted`; resolves to its final record. */
export async function followToEnd(
  client: EncoderClient,
  titleId: string,
  output: Output,
  signal: AbortSignal,
): Promise<TitleResource> {
  let answeredAtMs = performance.now();
  const report = reportChanges(titleId, output);
  let followedState: TitleState | undefined;
  let saidWhere = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      followedState = await followChange(client, titleId, { report, signal, from: followedState });
      const title = await client.readTitle(titleId);
      answeredAtMs = performance.now();
      report(title.state, title.progress);
      if (terminalStates.has(title.state)) return title;
      if (title.state === 'playable' && !saidWhere) {
        output.emit({ event: 'title', titleId, name: title.name, state: title.state, page: title.pageUrl });
        saidWhere = true;
      }
    } catch (error) {
      if (signal.aborted) throw error;
      const isRefusal = error instanceof ApiRefusal && error.status < 500;
      if (isRefusal || performance.now() - answeredAtMs > maxAbsenceMs) throw error;
      await pause(retryMs, signal);
    }
  }
}

/** Follows the event stream until the state differs from `from`, or until the next poll is due. */
async function followChange(
  client: EncoderClient,
  titleId: string,
  { report, signal, from }: { report: Report; signal: AbortSignal; from: TitleState | undefined },
): Promise<TitleState | undefined> {
  const timeout = AbortSignal.timeout(pollIntervalMs);
  try {
    for await (const event of client.followTitle(titleId, AbortSignal.any([signal, timeout]))) {
      report(event.state, event);
      if (event.state !== from) return event.state;
    }
  } catch (error) {
    if (!timeout.aborted) throw error;
    return from;
  }
  // Do not reopen a stream that ends at once in a tight loop.
  await pause(retryMs, signal);
  return from;
}

type Report = (state: TitleState, amounts: { segmentsStored: number; segmentsTotal: number }) => void;

/** Emits an event if it differs from the last one. */
function reportChanges(titleId: string, output: Output): Report {
  let last = '';
  return (state, { segmentsStored, segmentsTotal }) => {
    const now = `${state} ${segmentsStored} ${segmentsTotal}`;
    if (now === last) return;
    last = now;
    output.emit({ event: 'progress', titleId, state, segmentsStored, segmentsTotal });
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
