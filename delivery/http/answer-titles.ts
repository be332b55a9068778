import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { ProgressEvent } from '#core/contracts/progress.js';
import { type TitleRecord, terminalStates } from '#core/contracts/title.js';
import type { TitleSummary, TitleSummaryList } from '#core/contracts/title-resource.js';
import { ProblemError } from '#core/runtime/problem.js';
import { answerPersonal, openToAllSites } from '#delivery/http/answer-personal.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { type DeliveryContext, requireTitleId } from '#delivery/http/read-client-request.js';
import { listShownTitles } from '#delivery/titles/title-catalogue.js';
import { summariseTitle } from '#delivery/titles/title-summary.js';

const pageSize = 50;
const eventPauseMs = 1_000;
/** Proxies cut silent connections after half a minute or more. */
const keepAlivePauses = 15;

async function requireSummary(parts: DeliveryParts, text: string | undefined): Promise<TitleSummary> {
  const titleId = requireTitleId(text);
  const record = await parts.titles.readRecord(titleId);
  if (!record) throw new ProblemError(404, 'unknown-title', `There is no title ${titleId} here.`);
  return summarise(parts, record);
}

function summarise(parts: DeliveryParts, record: TitleRecord): Promise<TitleSummary> {
  return summariseTitle(record, parts.publicUrl, parts.countStored);
}

/** `GET /titles/{titleId}`. */
export async function answerTitle(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  const summary = await requireSummary(parts, context.req.param('titleId'));
  return answerPersonal(context, JSON.stringify(summary), 'application/json');
}

/** `GET /titles?cursor=`: newest first. */
export async function answerTitles(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  const cursor = context.req.query('cursor');
  const before = cursor === undefined ? undefined : requireTitleId(cursor);
  const { records, next } = await listShownTitles(
    parts.listTitleIds,
    (titleId) => parts.titles.readRecord(titleId),
    before,
    pageSize,
  );
  const titles = await Promise.all(records.map((record) => summarise(parts, record)));
  const list: TitleSummaryList = { titles, ...(next === undefined ? {} : { nextCursor: next }) };
  return answerPersonal(context, JSON.stringify(list), 'application/json');
}

/** Counts open event streams, each of which holds a socket and a timer. */
export class EventStreams {
  private open = 0;

  constructor(private readonly max: number) {}

  /** Throws 503 where too many are open; the result closes one. */
  enter(): () => void {
    if (this.open >= this.max) {
      throw new ProblemError(
        503,
        'too-many-listeners',
        'Too many progress streams are open. Poll the title.',
        {
          headers: { 'retry-after': '10' },
        },
      );
    }
    this.open += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.open -= 1;
      isOpen = false;
    };
  }
}

/** `GET /titles/{titleId}/events`: `progress` events whenever something changed, until the title is done. */
export async function answerTitleEvents(
  parts: DeliveryParts,
  streams: EventStreams,
  context: DeliveryContext,
): Promise<Response> {
  const { titleId } = await requireSummary(parts, context.req.param('titleId'));
  const leave = streams.enter();
  context.header('cache-control', 'no-store');
  context.header('access-control-allow-origin', openToAllSites['access-control-allow-origin']);
  return streamSSE(context, async (stream) => {
    try {
      await sendProgress(stream, () => requireSummary(parts, titleId), parts.nowMs);
    } catch (error) {
      parts.log.debug({ err: error, titleId }, 'a progress stream ended early');
    } finally {
      leave();
    }
  });
}

async function sendProgress(
  stream: SSEStreamingApi,
  read: () => Promise<TitleSummary>,
  nowMs: () => number,
): Promise<void> {
  let sent = '';
  for (let pause = 0; !stream.aborted && !stream.closed; pause += 1) {
    const { titleId, state, progress, failure } = await read();
    const event: Omit<ProgressEvent, 'at'> = { titleId, state, ...progress, ...(failure ? { failure } : {}) };
    const text = JSON.stringify(event);
    if (text !== sent) {
      sent = text;
      const at = new Date(nowMs()).toISOString();
      await stream.writeSSE({ event: 'progress', data: JSON.stringify({ ...event, at }) });
    } else if (pause % keepAlivePauses === 0) {
      await stream.write(': still here\n\n');
    }
    if (terminalStates.has(state)) return;
    await stream.sleep(eventPauseMs);
  }
}
