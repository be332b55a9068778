import type { VideoRange } from '#core/contracts/plan.js';

/** A multivariant playlist as data: what `writeMultivariantPlaylist` writes. */
export interface MultivariantModel {
  steering?: { serverUri: string; pathwayId: string } | undefined;
  /** Bandwidths are planned ones, because some of the media is not encoded yet. */
  isBeingEncoded?: boolean;
  audio: readonly AudioEntry[];
  /** In playlist order; players start with the first. */
  variants: readonly VariantEntry[];
  iframes: readonly IframeEntry[];
}

/** An EXT-X-MEDIA of type AUDIO. */
export interface AudioEntry {
  groupId: string;
  uri: string;
  /** Shown to viewers. */
  name: string;
  /** BCP 47. */
  language: string;
  isDefault: boolean;
  channels: number;
  stableRenditionId: string;
}

/** The attributes that EXT-X-STREAM-INF and EXT-X-I-FRAME-STREAM-INF share. */
export interface StreamEntry {
  uri: string;
  peakBitsPerSecond: number;
  averageBitsPerSecond: number;
  /** RFC 6381, one for each kind of media. */
  codecs: readonly string[];
  supplementalCodecs?: string | undefined;
  width: number;
  height: number;
  /** Omitted if every variant is SDR. */
  videoRange?: VideoRange | undefined;
  /** Higher is better; on all entries or on none. */
  score?: number | undefined;
  pathwayId?: string | undefined;
  stableVariantId: string;
}

/** An EXT-X-STREAM-INF. */
export interface VariantEntry extends StreamEntry {
  framesPerSecond: number;
  audioGroupId: string;
}

/** An EXT-X-I-FRAME-STREAM-INF. */
export type IframeEntry = StreamEntry;
