import type { LoadedRendition } from '#core/hls/check/presentation/loaded-presentation.js';

/** Milliseconds are accurate enough for messages. */
export const formatSeconds = (value: number): string => `${Number(value.toFixed(3))} s`;

export const nameSegment = (rendition: LoadedRendition, segmentIndex: number): string =>
  `rendition ${rendition.name}: segment ${segmentIndex}`;
