import type { PublicationId, TitleId } from '#core/contracts/ids.js';

// Every storage key is built here. Keys are relative, `/`-separated and never contain user text.
export const titlesPrefix = 'titles/';
export const sourcesPrefix = 'sources/';
export const mediaPrefix = 'media/';

export const titleKey = (titleId: TitleId): string => `${titlesPrefix}${titleId}.json`;
export const sourceKey = (titleId: TitleId): string => `${sourcesPrefix}${titleId}/source`;
export const publicationPrefix = (publicationId: PublicationId): string => `${mediaPrefix}${publicationId}/`;
export const planKey = (publicationId: PublicationId): string =>
  `${publicationPrefix(publicationId)}plan.json`;
/** Bitrates and sizes that the publish task measured. Written once, before the multivariant playlist. */
export const measurementKey = (publicationId: PublicationId): string =>
  `${publicationPrefix(publicationId)}measurement.json`;

/** The report that `millrace report` shows. Written once, on the first request for it. */
export const reportKey = (publicationId: PublicationId): string =>
  `${publicationPrefix(publicationId)}report.json`;

export const multivariantFile = 'multivariant.m3u8';
export const mediaPlaylistFile = 'media.m3u8';
export const iframePlaylistFile = 'iframes.m3u8';
export const initFile = 'init.mp4';
/** `00041.m4s`: five digits last for 8 days of 6 s segments; higher numbers are longer. */
export const segmentFile = (segmentIndex: number): string => `${String(segmentIndex).padStart(5, '0')}.m4s`;

/** Folder of a rendition inside its publication: `v/h264-720` or `a/en-2`. */
export const videoFolder = (renditionId: string): string => `v/${renditionId}`;
export const audioFolder = (renditionId: string): string => `a/${renditionId}`;

/** Prefix of every key of a video rendition. */
export const videoPrefix = (publicationId: PublicationId, renditionId: string): string =>
  `${publicationPrefix(publicationId)}${videoFolder(renditionId)}/`;

const SEGMENT_PATH = /^([va])\/([a-z0-9-]{1,64})\/([0-9]{5,7})\.m4s$/;

/** Parses `v/h264-720/00041.m4s`. Returns undefined for any other path inside a publication. */
export function parseSegmentPath(
  path: string,
): { kind: 'video' | 'audio'; renditionId: string; segmentIndex: number } | undefined {
  const match = SEGMENT_PATH.exec(path);
  if (!match?.[2] || !match[3]) return undefined;
  const segmentIndex = Number(match[3]);
  if (segmentFile(segmentIndex) !== `${match[3]}.m4s`) return undefined;
  return { kind: match[1] === 'v' ? 'video' : 'audio', renditionId: match[2], segmentIndex };
}

/** Content type that a stored file is served with; undefined for files that players never request. */
export function contentTypeOf(path: string): string | undefined {
  if (path.endsWith('.m3u8')) return 'application/vnd.apple.mpegurl';
  if (path.endsWith('.m4s')) return path.includes('/a/') || path.startsWith('a/') ? 'audio/mp4' : 'video/mp4';
  if (path.endsWith('.mp4')) return path.includes('/a/') || path.startsWith('a/') ? 'audio/mp4' : 'video/mp4';
  if (path.endsWith('.vtt')) return 'text/vtt; charset=utf-8';
  if (path.endsWith('.jpg')) return 'image/jpeg';
  return undefined;
}

/** Marks a segment that was encoded quickly because somebody waited for it. Empty, not served. */
export const quickSegmentFile = (segmentIndex: number): string => `${quickSegmentPrefix}${segmentIndex}`;
export const quickSegmentPrefix = 'quick-';

/** Measured facts of one span, stored beside the rendition's segments. Not served. */
export const spanFactsFile = (spanIndex: number): string => `span-${spanIndex}.json`;
