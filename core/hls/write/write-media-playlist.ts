import {
  attributeList,
  decimal,
  decimalInteger,
  PlaylistWriteError,
  playlistUri,
  quoted,
} from '#core/hls/write/attribute-list.js';

interface PlaylistSegment {
  uri: string;
  durationSeconds: number;
  /** Part of the resource that is the segment. Default: all of it. */
  byteRange?: { offsetBytes: number; lengthBytes: number };
}

/** A complete (VOD) media playlist of fragmented MP4, as data. */
export interface MediaPlaylistModel {
  targetDurationSeconds: number;
  /** Each segment is one key frame, addressed by its byte range (RFC 8216 4.3.3.6). */
  iframesOnly?: boolean;
  initUri: string;
  segments: readonly PlaylistSegment[];
}

/**
 * EXT-X-VERSION of every playlist. RFC 8216 7 requires 6 for EXT-X-MAP without EXT-X-I-FRAMES-ONLY, 4 for
 * byte ranges and 3 for fractional durations. Apple's examples of fragmented MP4 use 7, which every player of
 * fragmented MP4 supports.
 */
export const playlistVersion = 7;

/** Writes a media playlist. Throws PlaylistWriteError if the model breaks a rule of RFC 8216. */
export function writeMediaPlaylist(playlist: MediaPlaylistModel): string {
  if (playlist.segments.length === 0) throw new PlaylistWriteError('a media playlist needs a segment');
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${playlistVersion}`,
    `#EXT-X-TARGETDURATION:${decimalInteger(playlist.targetDurationSeconds)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    // Every segment of every publication starts with a key frame (RFC 8216 4.3.5.1).
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  if (playlist.iframesOnly) lines.push('#EXT-X-I-FRAMES-ONLY');
  lines.push(`#EXT-X-MAP:${attributeList({ URI: quoted(playlistUri(playlist.initUri)) })}`);
  for (const segment of playlist.segments) {
    lines.push(...segmentLines(segment, playlist.targetDurationSeconds));
  }
  lines.push('#EXT-X-ENDLIST', '');
  return lines.join('\n');
}

function segmentLines(segment: PlaylistSegment, targetDurationSeconds: number): string[] {
  const { uri, durationSeconds, byteRange } = segment;
  // RFC 8216 4.3.3.1: the duration rounded to the nearest whole second must not exceed the target duration.
  if (Math.round(durationSeconds) > targetDurationSeconds) {
    throw new PlaylistWriteError(
      `segment ${uri} lasts ${durationSeconds} s, over the target duration ${targetDurationSeconds}`,
    );
  }
  const lines = [`#EXTINF:${decimal(durationSeconds, 6)},`];
  if (byteRange) {
    const { lengthBytes, offsetBytes } = byteRange;
    lines.push(`#EXT-X-BYTERANGE:${decimalInteger(lengthBytes)}@${decimalInteger(offsetBytes)}`);
  }
  lines.push(playlistUri(uri));
  return lines;
}
