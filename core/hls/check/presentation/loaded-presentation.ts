import type { MediaPlaylist, MultivariantPlaylist } from '#core/hls/read/playlist.js';
import type { TrackFacts, TrackKind } from '#core/isobmff/read-init.js';

/** A presentation after loading: everything that the rules read. */
export interface LoadedPresentation {
  uri: string;
  multivariant: MultivariantPlaylist | undefined;
  /** Renditions of the first pathway, by the URI of their media playlist. */
  renditions: ReadonlyMap<string, LoadedRendition>;
  answers: readonly Answer[];
  /** Playlists of other pathways whose content differs from that of the first pathway. */
  differingCopies: readonly { uri: string; referenceUri: string }[];
  /** Playlists that an independent strict parser rejects, with its reason. */
  refusals: readonly { uri: string; reason: string }[];
  /** Playlists that exceed a limit of the checker, with a description of the excess. */
  excesses: readonly { uri: string; message: string }[];
}

export type RenditionKind = 'video' | 'audio' | 'subtitles' | 'iframes';

export interface LoadedRendition {
  /** The stable id, such as `h264-720`, or else the end of the URI. */
  name: string;
  kind: RenditionKind;
  playlist: MediaPlaylist;
  /** Tracks of the first init segment; empty if it could not be read. */
  tracks: readonly TrackFacts[];
  /**
   * Distinct RFC 6381 strings of all init segments that were read; undefined if one of them is not supported.
   */
  codecStrings: readonly string[] | undefined;
  /** Segments of fragmented MP4 and MPEG transport streams are inspected. */
  container: 'fmp4' | 'mpegts' | 'webvtt' | 'unknown';
  /** Fragmented MP4 without EXT-X-MAP. */
  lacksMap: boolean;
  /** The segments that were read, in order. */
  segments: readonly SegmentMedia[];
  iframes: readonly IframeMedia[];
  /** Size of each segment; undefined if unknown. */
  segmentBytes: readonly (number | undefined)[];
}

/** What a segment contains, measured on its main track. */
export interface SegmentMedia {
  segmentIndex: number;
  /** Presentation time of the first sample on the media timeline. */
  startSeconds: number;
  durationSeconds: number;
  /** Possible error of the duration; 0 if the container declares it. */
  uncertainSeconds: number;
  /** Samples of the main track. */
  frames: number;
  /** Longest stretch without a key frame. */
  maxGopSeconds: number;
  startsWithSync: boolean;
  /** From the coded data; undefined if the codec is not supported. */
  startsWithIdr: boolean | undefined;
}

/** What the byte range of an I-frame playlist contains. */
export interface IframeMedia {
  segmentIndex: number;
  /** Description of the defect, if there is one. */
  defect: string | undefined;
}

/** The response to one request. */
export interface Answer {
  uri: string;
  role: 'playlist' | 'init' | 'segment' | 'steering';
  /** What was requested, such as `rendition h264-720: segment 41`. */
  label: string;
  /** HTTP status, or 200 for storage; undefined without a response. */
  status: number | undefined;
  /** Why there is no response, or why it is incomplete or invalid. */
  error: string | undefined;
  /** undefined for storage. */
  transport: Transport | undefined;
}

export interface Transport {
  contentType: string | undefined;
  contentEncoding: string | undefined;
  /** Addresses that the request was redirected to, in order. */
  redirects: readonly string[];
}

export const findTrack = (rendition: LoadedRendition, kind: TrackKind): TrackFacts | undefined =>
  rendition.tracks.find((track) => track.kind === kind);

export const renditionsOf = (presentation: LoadedPresentation, kind: RenditionKind): LoadedRendition[] =>
  [...presentation.renditions.values()].filter((rendition) => rendition.kind === kind);
