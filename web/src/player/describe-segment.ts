import { readCacheStatus } from '#web/telemetry/read-cache-status.js';
import type { SegmentRecord } from '#web/telemetry/telemetry.js';

/** What the player knows of a loaded segment. */
export interface LoadedSegment {
  url: string;
  /** The headers as XMLHttpRequest returns them, one `name: value` per line. */
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
    outcome: readCacheStatus(findHeader(loaded.headers, 'cache-status')).outcome,
  };
}

/**
 * Finds a header in all headers. Chromium logs an error if `getResponseHeader` is called for a header that
 * CORS does not expose; the list of all headers just omits it.
 */
export function findHeader(headers: string, name: string): string | undefined {
  const prefix = `${name}:`;
  const line = headers.split('\n').find((each) => each.toLowerCase().startsWith(prefix));
  return line?.slice(prefix.length).trim();
}
