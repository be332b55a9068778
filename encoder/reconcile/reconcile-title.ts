import type { Redis } from 'ioredis';
import { failureFor, mayBeOutage } from '#core/contracts/failure.js';
import { publicationIdOf } from '#core/contracts/ids.js';
import { sourceKey } from '#core/contracts/publication-layout.js';
import { type TitleRecord, terminalStates } from '#core/contracts/title.js';
import type { Logger } from '#core/runtime/log.js';
import { JsonDocumentError } from '#core/storage/json-document.js';
import { findPlan } from '#core/titles/plan-reader.js';
import { type DeletionParts, deleteTitle, removeWork } from '#encoder/catalogue/delete-title.js';
import type { JobStatus } from '#encoder/queue/title-jobs.js';
import { type FinishParts, finishUpload } from '#encoder/uploads/finish-upload.js';
import { isUploadExpired } from '#encoder/uploads/title-data-store.js';

export type ReconcileParts = DeletionParts & FinishParts & { redis: Redis; log: Logger; nowMs: () => number };

/** What was done for a title; `nothing` if its work is alive. */
export type Repair =
  | 'nothing'
  | 'upload-finished'
  | 'upload-expired'
  | 'analyse-added'
  | 'publication-added'
  | 'children-added'
  | 'title-failed'
  | 'title-resumed';

/**
 * Gives one unfinished title the jobs that Redis has lost, or fails it if a job has failed for good. Resumes
 * a title that an outage may have failed in an earlier release.
 */
export async function reconcileTitle(parts: ReconcileParts, record: TitleRecord): Promise<Repair> {
  switch (record.state) {
    case 'uploading':
      return reconcileUpload(parts, record);
    case 'queued':
    case 'analysing':
      return reconcileAnalyse(parts, record);
    case 'playable':
      return reconcilePublication(parts, record);
    case 'failed':
      return mayBeOutage(record) ? resumeTitle(parts, record) : 'nothing';
    default:
      return 'nothing';
  }
}

async function reconcileUpload(parts: ReconcileParts, record: TitleRecord): Promise<Repair> {
  if (isUploadExpired(record, parts.nowMs())) {
    await deleteTitle(parts, record.titleId);
    return 'upload-expired';
  }
  const isWhole =
    record.source.bytes === 0 ||
    (await parts.spool.offset(record.titleId, record.source.bytes)) === record.source.bytes ||
    (await parts.store.head(sourceKey(record.titleId))) !== undefined;
  if (!isWhole) return 'nothing';
  await finishUpload(parts, record.titleId);
  return 'upload-finished';
}

async function reconcileAnalyse(parts: ReconcileParts, record: TitleRecord): Promise<Repair> {
  const status = await parts.jobs.analyseJobStatus(record);
  if (status.state === 'alive' || status.state === 'waiting-children') return 'nothing';
  // The job may have ended and changed the title's state since the record was read.
  const current = await unchanged(parts, record, ['queued', 'analysing']);
  if (!current) return 'nothing';
  if (status.state === 'failed') return endFailedJob(parts, current, status);
  await parts.jobs.restartAnalyse(current);
  return 'analyse-added';
}

async function reconcilePublication(parts: ReconcileParts, record: TitleRecord): Promise<Repair> {
  const status = await parts.jobs.publishJobStatus(record);
  if (status.state === 'alive') return 'nothing';
  const current = await unchanged(parts, record, ['playable']);
  if (!current) return 'nothing';
  if (status.state === 'failed') return endFailedJob(parts, current, status);
  const plan = await findPlan(parts.store, publicationIdOf(current.titleId, current.generation)).catch(
    (error: unknown) => {
      // A plan of a newer release waits for its workers.
      if (error instanceof JsonDocumentError && error.code !== 'other_version') return error;
      throw error;
    },
  );
  if (!plan || plan instanceof JsonDocumentError) {
    const damage = plan ? `is damaged (${plan.message})` : 'is missing in storage';
    return failTitle(parts, current, `the title is playable but its plan ${damage}`);
  }
  if (status.state === 'waiting-children')
    return (await parts.jobs.addLostChildren(plan)) > 0 ? 'children-added' : 'nothing';
  await parts.progress.recount(parts.store, plan);
  await parts.jobs.restartPublication(plan);
  return 'publication-added';
}

/** Reads the record again; undefined unless it has the same generation and is still in one of `states`. */
async function unchanged(
  parts: ReconcileParts,
  record: TitleRecord,
  states: readonly TitleRecord['state'][],
): Promise<TitleRecord | undefined> {
  const current = await parts.titles.read(record.titleId);
  return current && states.includes(current.state) && current.generation === record.generation
    ? current
    : undefined;
}

/**
 * Ends or resumes an unfinished title whose job has failed for good. A worker that fails a job fails its
 * title first. If the job has ended every worker, the title fails here. Else the worker could not reach
 * storage, and the title is resumed, once.
 */
async function endFailedJob(
  parts: ReconcileParts,
  record: TitleRecord,
  { reason, endsWorkers }: Extract<JobStatus, { state: 'failed' }>,
): Promise<Repair> {
  const isFinal = endsWorkers || record.resumedAt !== undefined;
  return isFinal ? failTitle(parts, record, reason) : resumeTitle(parts, record);
}

async function failTitle(parts: ReconcileParts, record: TitleRecord, reason: string): Promise<Repair> {
  const failed = await parts.titles.enter(record.titleId, 'failed', ['queued', 'analysing', 'playable'], {
    failure: failureFor('internal', reason),
  });
  if (failed?.state !== 'failed') return 'nothing';
  await removeWork(parts, failed);
  await parts.progress.titleChanged(failed);
  return 'title-failed';
}

/**
 * Puts a title back to work where its last attempt left it. Its old jobs go first: they have failed, which
 * would fail the title again.
 */
async function resumeTitle(parts: ReconcileParts, record: TitleRecord): Promise<Repair> {
  await removeWork(parts, record);
  const resumed = await parts.titles.update(record.titleId, ({ failure: _failure, ...rest }, changedAt) => {
    // Another replica has resumed it, or somebody has deleted it.
    if (rest.state !== record.state || rest.resumedAt !== undefined) return undefined;
    const state = rest.publication ? 'playable' : 'queued';
    return { ...rest, state, resumedAt: changedAt, enteredAt: { ...rest.enteredAt, [state]: changedAt } };
  });
  if (!resumed || terminalStates.has(resumed.state)) return 'nothing';
  await reconcileTitle(parts, resumed);
  await parts.progress.titleChanged(resumed);
  return 'title-resumed';
}
