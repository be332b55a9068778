import {
  attributeList,
  decimal,
  decimalInteger,
  PlaylistWriteError,
  playlistUri,
  quoted,
} from '#core/hls/attribute-list.js';

export interface PlaylistSegment {
  uri: string;
  durationSeconds: number;
  /** The part of the resource that is the segment; all of it where absent. */
  byteRange?: { offsetBytes: number; lengthBytes: number };
}

/** A complete media playlist of fragmented MP4: nothing will be added. */
export interface MediaPlaylistModel {
  targetDurationSeconds: number;
  /** Each segment is one key frame, to be reached by its byte range (RFC 8216 4.3.3.6). */
  iframesOnly?: boolean;
  initUri: string;
  segments: readonly PlaylistSegment[];
}

/**
 * EXT-X-MAP without EXT-X-I-FRAMES-ONLY needs 6, byte ranges 4, durations with decimals 3 (RFC 8216 7). 7 is what Apple's
 * own examples of fragmented MP4 say, and every player of such media knows it.
 */
export const playlistVersion = 7;

/** Writes the playlist. Throws PlaylistWriteError where the model breaks a rule of RFC 8216. */
export function writeMediaPlaylist(playlist: MediaPlaylistModel): string {
  if (playlist.segments.length === 0) throw new PlaylistWriteError('a media playlist needs a segment');
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${playlistVersion}`,
    `#EXT-X-TARGETDURATION:${decimalInteger(playlist.targetDurationSeconds)}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    // Every segment of every publication begins with a key frame (RFC 8216 4.3.5.1).
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  if (playlist.iframesOnly) lines.push('#EXT-X-I-FRAMES-ONLY');
  lines.push(`#EXT-X-MAP:${attributeList({ URI: quoted(playlistUri(playlist.initUri)) })}`);
  for (const segment of playlist.segments)
    lines.push(...segmentLines(segment, playlist.targetDurationSeconds));
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
