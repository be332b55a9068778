import { readCacheStatus } from '#web/telemetry/read-cache-status.js';
import type { SegmentRecord } from '#web/telemetry/telemetry.js';

/** What a loaded segment is told by: its address, its headers and its timing. */
export interface LoadedSegment {
  url: string;
  /** Header block as XMLHttpRequest gives it, one `name: value` a line. */
  headers: string;
  isAudio: boolean;
  bytes: number;
  elapsedMs: number;
  pathwayId: string | undefined;
  atMs: number;
}

const SEGMENT = /\/[va]\/([a-z0-9-]+)\/(?:([0-9]+)\.m4s|[^/]+)$/;

export function describeSegment(loaded: LoadedSegment): SegmentRecord {
  const { host, pathname } = new URL(loaded.url);
  const match = SEGMENT.exec(pathname);
  return {
    atMs: loaded.atMs,
    kind: loaded.isAudio ? 'audio' : 'video',
    renditionId: match?.[1] ?? (loaded.isAudio ? 'audio' : 'video'),
    segmentIndex: match?.[2] === undefined ? undefined : Number(match[2]),
    bytes: loaded.bytes,
    elapsedMs: loaded.elapsedMs,
    host,
    pathwayId: loaded.pathwayId,
    outcome: readCacheStatus(headerOf(loaded.headers, 'cache-status')).outcome,
  };
}

/**
 * Finds one header in a whole block. `getResponseHeader` would make Chromium log an error where CORS does not
 * expose the header; the block simply lacks it.
 */
export function headerOf(headers: string, name: string): string | undefined {
  const prefix = `${name}:`;
  const line = headers.split('\n').find((each) => each.toLowerCase().startsWith(prefix));
  return line?.slice(prefix.length).trim();
}
