import type { TitleState } from '#core/contracts/title.js';

/** What `--json` writes, one object per line. Without it the same events are shown as text. */
export type CliEvent =
  | { event: 'notice'; message: string }
  | { event: 'service'; name: string; status: 'ready' | 'crashed'; url?: string; reason?: string }
  | {
      event: 'started';
      page: string;
      api: string;
      data: string;
      /** Titles of the instance, counted up to 1,000. */
      titles: number;
      elapsedSeconds: number;
      /** Set only at the first start, which creates the key. */
      apiKey?: string;
    }
  | { event: 'title'; titleId: string; name: string; state: TitleState; page: string }
  | { event: 'sample'; status: 'making' | 'made'; file: string }
  | {
      event: 'upload';
      titleId: string | null;
      file: string;
      bytesSent: number;
      bytesTotal: number;
      resumed: boolean;
    }
  /** The upload resumes after an outage. One before each attempt. */
  | { event: 'upload-waiting'; file: string; reason: string; pauseSeconds: number }
  | {
      event: 'progress';
      titleId: string;
      state: TitleState;
      segmentsStored: number;
      segmentsTotal: number;
    }
  | { event: 'check'; renditions: number; segments: number; bytes: number; must: number; should: number }
  | ResultEvent;

/** Result of a job: the last event of `up --once` and of `upload --wait`. */
export interface ResultEvent {
  event: 'result';
  status: 'ready' | 'failed';
  titleId: string | null;
  /** URL of the multivariant playlist. */
  url: string | null;
  /** URL of the watch page. */
  page: string | null;
  /** `code: sentence` if the title failed, else what stopped the job; null if ready. */
  reason: string | null;
  /** From the start of the upload to the end of the job. */
  elapsedSeconds: number;
  /** CPU time of all ffmpeg runs for the title. */
  cpuSeconds: number;
}

/** Receives events. */
export interface Output {
  emit(event: CliEvent): void;
  /** Removes an unfinished progress bar. */
  close(): void;
}

/** Result of a job that failed before it had a title. */
export function failedResult(reason: string): ResultEvent {
  return {
    event: 'result',
    status: 'failed',
    titleId: null,
    url: null,
    page: null,
    reason,
    elapsedSeconds: 0,
    cpuSeconds: 0,
  };
}
