import { checkPublication } from '#core/hls/check/check-publication.js';
import { HttpReader } from '#core/hls/check/load/http-reader.js';
import {
  type LoadOptions,
  type LoadResult,
  loadPresentation,
} from '#core/hls/check/load/load-presentation.js';
import type { Finding } from '#core/hls/check/rules/finding.js';

export interface CheckReport {
  uri: string;
  findings: readonly Finding[];
  /** What was not checked, and why: one sentence each. */
  notes: readonly string[];
  figures: {
    renditions: number;
    /** Segments of all renditions, and how many of them were read. */
    segments: number;
    segmentsRead: number;
    bytesRead: number;
  };
}

export interface CheckUrlOptions {
  fetch?: typeof fetch;
  /** 25 where absent; `Infinity` reads everything. */
  maxSegmentsPerRendition?: number;
  onProgress?: LoadOptions['onProgress'];
  signal?: AbortSignal;
}

/**
 * Checks any HLS address, ours or not. Whatever it finds there is in the report; it throws only where
 * `signal` aborts.
 */
export async function checkUrl(url: string, options: CheckUrlOptions = {}): Promise<CheckReport> {
  const reader = new HttpReader({ ...(options.fetch && { fetch: options.fetch }), signal: options.signal });
  return reportOf(
    await loadPresentation(reader, url, {
      maxSegmentsPerRendition: options.maxSegmentsPerRendition ?? 25,
      onProgress: options.onProgress,
    }),
  );
}

export function reportOf({ presentation, notes, bytesRead }: LoadResult): CheckReport {
  const renditions = [...presentation.renditions.values()];
  return {
    uri: presentation.uri,
    findings: checkPublication(presentation),
    notes,
    figures: {
      renditions: renditions.length,
      segments: renditions.reduce((sum, { playlist }) => sum + playlist.segments.length, 0),
      segmentsRead: presentation.answers.filter(({ role }) => role === 'segment').length,
      bytesRead,
    },
  };
}
