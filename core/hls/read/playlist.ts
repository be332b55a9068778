export type Attributes = ReadonlyMap<string, string>;

export interface ByteRange {
  offsetBytes: number;
  lengthBytes: number;
}

export interface Playlist {
  /** Final address of the playlist, against which its relative URIs are resolved. */
  uri: string;
  text: string;
  version: number | undefined;
  independentSegments: boolean;
  /** Names of all tags in it, without `#`. */
  tagNames: ReadonlySet<string>;
}

/** EXT-X-STREAM-INF, EXT-X-I-FRAME-STREAM-INF or EXT-X-MEDIA, with its URI made absolute. */
export interface PlaylistEntry {
  uri: string;
  attributes: Attributes;
}

export interface MultivariantPlaylist extends Playlist {
  kind: 'multivariant';
  variants: readonly PlaylistEntry[];
  iframes: readonly PlaylistEntry[];
  /** `uri` is empty if the rendition is muxed into its variants. */
  media: readonly PlaylistEntry[];
  steering: Attributes | undefined;
  /** Marked as a title some of whose media is not encoded yet. */
  isBeingEncoded: boolean;
}

export interface ReadSegment {
  uri: string;
  /** 0 if EXTINF is missing or unreadable. */
  durationSeconds: number;
  range: ByteRange | undefined;
  map: { uri: string; range: ByteRange | undefined } | undefined;
  isEncrypted: boolean;
  isDiscontinuous: boolean;
  isGap: boolean;
}

export interface MediaPlaylist extends Playlist {
  kind: 'media';
  targetDurationSeconds: number | undefined;
  playlistType: string | undefined;
  /** Sequence number of the first segment; 0 if not declared. */
  mediaSequence: number;
  isEnded: boolean;
  isIframesOnly: boolean;
  segments: readonly ReadSegment[];
  /** The limit that the playlist exceeds, as a clause; if set, `segments` are incomplete. */
  excess: string | undefined;
}

export const playlistSeconds = (playlist: MediaPlaylist): number =>
  playlist.segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);

/**
 * Makes a URI absolute. One that cannot be resolved is returned unchanged, so that the failed request names
 * it.
 */
export function resolveUri(relative: string, base: string): string {
  return URL.canParse(relative, base) ? new URL(relative, base).href : relative;
}
