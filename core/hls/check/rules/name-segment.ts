import type { LoadedRendition } from '#core/hls/check/presentation/loaded-presentation.js';

/** Names a segment for messages. */
export const nameSegment = (rendition: LoadedRendition, segmentIndex: number): string =>
  `rendition ${rendition.name}: segment ${segmentIndex}`;

/** Formats a time for messages, to the millisecond. */
export const formatSeconds = (value: number): string => `${Number(value.toFixed(3))} s`;
