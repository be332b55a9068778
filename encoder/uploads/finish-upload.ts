import { failureSentences } from '#core/contracts/failure.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { TitleJobs } from '#encoder/queue/title-jobs.js';
import type { UploadSpool } from '#encoder/uploads/upload-spool.js';

export interface FinishParts {
  titles: TitleStore;
  progress: TitleProgress;
  jobs: TitleJobs;
  spool: UploadSpool;
}

/**
 * What follows the last byte: source in place, record `queued`, analyse job added, and only then the answer. Each step may
 * have been done before; a crash between two of them is repaired by the reconciler, which calls this again.
 */
export async function finishUpload(parts: FinishParts, record: TitleRecord): Promise<void> {
  // Deleted meanwhile, or long under way.
  if (record.state !== 'uploading' && record.state !== 'queued') return;
  if (record.source.bytes === 0) {
    await parts.spool.discard(record.titleId);
    const failure = { code: 'empty' as const, message: failureSentences.empty };
    const failed = await parts.titles.enter(record.titleId, 'failed', ['uploading'], { failure });
    if (failed) await parts.progress.titleChanged(failed);
    return;
  }
  await parts.spool.commit(record.titleId, record.source.bytes);
  const queued = await parts.titles.enter(record.titleId, 'queued', ['uploading']);
  if (queued?.state !== 'queued') return;
  await parts.jobs.addAnalyse(queued);
  await parts.progress.titleChanged(queued);
}
