import { failureSentences } from '#core/contracts/failure.js';
import type { TitleId } from '#core/contracts/ids.js';
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
 * Finishes an upload that has all its bytes: commits the source, moves the record to `queued`, adds the
 * analyse job. Only then is the client answered. Every step can be repeated: after a crash between two of
 * them the reconciler calls this again. No effect on a title that is deleted or already past `queued`.
 */
export async function finishUpload(parts: FinishParts, titleId: TitleId): Promise<void> {
  // Read here and not by the caller: a title may be deleted while its last bytes arrive.
  const title = await parts.titles.readVersion(titleId);
  if (title?.value.state !== 'uploading' && title?.value.state !== 'queued') return;
  const { bytes } = title.value.source;
  if (bytes === 0) {
    await parts.spool.discard(titleId);
    const failure = { code: 'empty' as const, message: failureSentences.empty };
    const failed = await parts.titles.enter(title, 'failed', ['uploading'], { failure });
    if (failed) await parts.progress.titleChanged(failed);
    return;
  }
  await parts.spool.commit(titleId, bytes);
  const queued = await parts.titles.enter(title, 'queued', ['uploading']);
  if (queued?.state !== 'queued') return;
  await parts.jobs.addAnalyse(queued);
  await parts.progress.titleChanged(queued);
}
