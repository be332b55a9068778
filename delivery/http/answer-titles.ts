import type { TitleRecord, TitleState } from '#core/contracts/title.js';
import type { TitleSummary, TitleSummaryList } from '#core/contracts/title-resource.js';
import { ProblemError } from '#core/runtime/problem.js';
import { answerProgressEvents } from '#core/titles/event-streams.js';
import { listTitles } from '#core/titles/list-titles.js';
import { answerPersonal, openToAllSites } from '#delivery/http/answer-personal.js';
import type { DeliveryContext } from '#delivery/http/delivery-context.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { requireTitleId } from '#delivery/http/require-title-id.js';
import { damagedTitle } from '#delivery/titles/require-playable.js';
import { publicEventOf, summariseDamaged, summariseTitle } from '#delivery/titles/summarise-title.js';

const pageSize = 50;
/** Titles that are uploading or deleted are not public. */
const shownStates: ReadonlySet<TitleState> = new Set(['queued', 'analysing', 'playable', 'ready', 'failed']);

async function requireRecord(parts: DeliveryParts, text: string | undefined): Promise<TitleRecord> {
  const titleId = requireTitleId(text);
  const record = await parts.titles.readEntry(titleId);
  if (record?.state === 'damaged') throw damagedTitle(titleId);
  if (!record) throw new ProblemError(404, 'unknown-title', `There is no title ${titleId}.`);
  return record;
}

function summarise(parts: DeliveryParts, record: TitleRecord): Promise<TitleSummary> {
  return summariseTitle(record, parts.publicUrl, parts.progress);
}

/** Answers `GET /titles/{titleId}` with the title's summary. */
export async function answerTitle(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  const summary = await summarise(parts, await requireRecord(parts, context.req.param('titleId')));
  return answerPersonal(context, JSON.stringify(summary), 'application/json');
}

/** Answers `GET /titles?cursor=` with one page of summaries, newest first. */
export async function answerTitles(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  const cursor = context.req.query('cursor');
  const before = cursor === undefined ? undefined : requireTitleId(cursor);
  const { entries, next } = await listTitles({
    index: parts.index,
    readEntry: (titleId) => parts.titles.readEntry(titleId),
    isShown: ({ state }) => shownStates.has(state),
    before,
    limit: pageSize,
  });
  const titles = await Promise.all(
    entries.map(async (entry) =>
      entry.state === 'damaged' ? summariseDamaged(entry) : summarise(parts, entry),
    ),
  );
  const list: TitleSummaryList = { titles, ...(next === undefined ? {} : { nextCursor: next }) };
  return answerPersonal(context, JSON.stringify(list), 'application/json');
}

/**
 * Answers `GET /titles/{titleId}/events` with a `progress` event for each change, until the title is done.
 */
export async function answerTitleEvents(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  const record = await requireRecord(parts, context.req.param('titleId'));
  context.header('access-control-allow-origin', openToAllSites['access-control-allow-origin']);
  context.header('x-content-type-options', 'nosniff');
  return answerProgressEvents(context, parts.streams, await publicEventOf(record, parts.progress));
}
