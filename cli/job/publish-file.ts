import type { UrlStorage } from 'tus-js-client';
import type { EncoderClient } from '#cli/api/encoder-client.js';
import { type UploadInput, type UploadProgress, type UploadWork, uploadFile } from '#cli/api/upload-file.js';
import type { UploadPause } from '#cli/api/upload-retries.js';
import { messageOf } from '#cli/context/cli-error.js';
import { followToEnd } from '#cli/job/follow-to-end.js';
import type { Output, ResultEvent } from '#cli/output/events.js';
import type { TitleResource } from '#core/contracts/title-resource.js';

export interface PublishJob {
  client: EncoderClient;
  input: UploadInput;
  remembered: UrlStorage;
  output: Output;
  signal: AbortSignal;
  /** Runs once the title is `ready`. If it rejects, the result is `failed` with its message. */
  check?: (title: TitleResource) => Promise<void>;
}

/** Minimum interval between progress events of an upload. */
const reportIntervalMs = 200;

/** Uploads a file, follows its title to the end and reports the result. Never rejects. */
export async function publishFile(job: PublishJob): Promise<ResultEvent> {
  const startedAtMs = performance.now();
  let title: TitleResource | undefined;
  let titleId: string | null = null;
  let reason: string | null = null;
  try {
    const observer = reportUpload(job);
    titleId = await uploadFile({
      ...job,
      ...observer,
      onProgress: (progress) => {
        titleId = progress.titleId;
        observer.onProgress(progress);
      },
    });
    title = await followToEnd(job.client, titleId, job.output, job.signal);
    reason = reasonOf(title);
    if (reason === null) await job.check?.(title);
  } catch (error) {
    reason = job.signal.aborted ? 'stopped before the title was ready' : messageOf(error);
  }
  return {
    event: 'result',
    status: reason === null ? 'ready' : 'failed',
    titleId,
    url: title?.playlistUrl ?? null,
    page: title?.pageUrl ?? null,
    reason,
    elapsedSeconds: Math.round(performance.now() - startedAtMs) / 1000,
    cpuSeconds: title?.cpuSeconds ?? 0,
  };
}

/** Why a finished title is not `ready`, as `code: sentence`; null if it is ready. */
function reasonOf(title: TitleResource): string | null {
  if (title.state === 'ready') return null;
  if (title.failure) return `${title.failure.code}: ${title.failure.message}`;
  return `the title is ${title.state}`;
}

/** Reports the progress of an upload, throttled, and its pauses. */
export function reportUpload({
  input,
  output,
}: Pick<PublishJob, 'input' | 'output'>): Pick<UploadWork, 'onProgress' | 'onPause'> {
  const { file } = input;
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  let reportedBytes = -1;
  const onProgress = (progress: UploadProgress): void => {
    const now = performance.now();
    const isLast = progress.bytesSent === progress.bytesTotal;
    if (progress.bytesSent === reportedBytes || (!isLast && now - reportedAtMs < reportIntervalMs)) return;
    [reportedAtMs, reportedBytes] = [now, progress.bytesSent];
    output.emit({ event: 'upload', file, ...progress });
  };
  const onPause = ({ reason, pauseMs }: UploadPause): void =>
    output.emit({ event: 'upload-waiting', file, reason, pauseSeconds: pauseMs / 1000 });
  return { onProgress, onPause };
}
