import { type CheckReport, checkPublication } from '#core/hls/check/check-publication.js';
import { HttpReader } from '#core/hls/check/load/http-reader.js';
import { type LoadOptions, loadPresentation } from '#core/hls/check/load/load-presentation.js';

export interface CheckUrlOptions {
  fetch?: typeof fetch;
  /** Default: 25. `Infinity` reads every segment. */
  maxSegmentsPerRendition?: number;
  onProgress?: LoadOptions['onProgress'];
  signal?: AbortSignal;
}

/** Checks any HLS address. Reports whatever it finds there; rejects only if `signal` aborts. */
export async function checkUrl(url: string, options: CheckUrlOptions = {}): Promise<CheckReport> {
  const reader = new HttpReader({ ...(options.fetch && { fetch: options.fetch }), signal: options.signal });
  return checkPublication(
    await loadPresentation(reader, url, {
      maxSegmentsPerRendition: options.maxSegmentsPerRendition ?? 25,
      onProgress: options.onProgress,
    }),
  );
}
