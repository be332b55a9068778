import type { Failure } from '#core/contracts/failure.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { DamagedTitle, ProgressEvent, TitleSummary } from '#core/contracts/title-resource.js';
import type { TitleProgress } from '#core/titles/title-progress.js';

/** A title as the public may see it. `publicUrl` is delivery's own base address. */
export async function summariseTitle(
  record: TitleRecord,
  publicUrl: string,
  progress: TitleProgress,
): Promise<TitleSummary> {
  const { titleId, name, state, createdAt, failure, publication } = record;
  const summary: TitleSummary = {
    titleId,
    name,
    state,
    createdAt,
    progress: await progress.count(record),
    ...(failure ? { failure: withoutDetail(failure) } : {}),
  };
  if (!publication || state === 'failed' || state === 'deleted') return summary;
  const { durationSeconds, width, height } = publication;
  return { ...summary, durationSeconds, width, height, playlistUrl: `${publicUrl}/play/${titleId}.m3u8` };
}

/** A damaged title as the public may see it: the damage itself names storage keys. */
export function summariseDamaged({ titleId, name, state, createdAt }: DamagedTitle): TitleSummary {
  return { titleId, name, state, createdAt, progress: { segmentsStored: 0, segmentsTotal: 0 } };
}

/** A title's progress as the public may see it. */
export async function publicEventOf(record: TitleRecord, progress: TitleProgress): Promise<ProgressEvent> {
  const { failure, ...event } = await progress.eventOf(record);
  return { ...event, ...(failure ? { failure: withoutDetail(failure) } : {}) };
}

/** The detail is written for engineers and may name paths and tools. */
function withoutDetail({ code, message }: Failure): Failure {
  return { code, message };
}
