import type { TitleState } from '#core/contracts/title.js';

/** What `--json` writes, one object a line; people read the same in words. */
export type CliEvent =
  | { event: 'notice'; message: string }
  | { event: 'service'; name: string; status: 'ready' | 'crashed'; url?: string; reason?: string }
  | {
      event: 'started';
      page: string;
      api: string;
      data: string;
      titles: number;
      elapsedSeconds: number;
      /** Set at the first start alone, when it is made. */
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
  | {
      event: 'progress';
      titleId: string;
      state: TitleState;
      segmentsStored: number;
      segmentsTotal: number;
    }
  | { event: 'check'; renditions: number; segments: number; bytes: number; must: number; should: number }
  | ResultEvent;

/** How a job ended: the last event of `up` and of `upload --wait`. */
export interface ResultEvent {
  event: 'result';
  status: 'ready' | 'failed';
  titleId: string | null;
  /** The playable playlist. */
  url: string | null;
  /** The page that plays it. */
  page: string | null;
  /** `code: sentence` where the title failed, else what stopped the job; null when ready. */
  reason: string | null;
  /** From the start of the upload to the end of the job. */
  elapsedSeconds: number;
  /** CPU time of all ffmpeg work for the title. */
  cpuSeconds: number;
}

/** Where events go. */
export interface Output {
  emit(event: CliEvent): void;
  /** Ends what is drawn and not finished (a progress bar). */
  close(): void;
}

/** The result of a job that never came to a title. */
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
