import type { VideoRange } from '#core/contracts/plan.js';
import { PlaylistWriteError } from '#core/hls/write/attribute-list.js';

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
  /**
   * Whether the video is known to carry no captions. Otherwise shaka-player searches the first, the middle
   * and the last segment for them before it plays.
   */
  isWithoutCaptions?: boolean;
}

/** An EXT-X-I-FRAME-STREAM-INF. */
export type IframeEntry = StreamEntry;

/** Throws PlaylistWriteError if the entries of a multivariant playlist contradict each other. */
export function requireConsistentEntries({ audio, variants, iframes, steering }: MultivariantModel): void {
  if (variants.length === 0) throw new PlaylistWriteError('a multivariant playlist needs a variant');
  const groups = new Map<string, AudioEntry[]>();
  for (const entry of audio) groups.set(entry.groupId, [...(groups.get(entry.groupId) ?? []), entry]);
  for (const [groupId, entries] of groups) requireAudioGroup(groupId, entries);
  for (const { audioGroupId, stableVariantId } of variants) {
    if (!groups.has(audioGroupId)) {
      throw new PlaylistWriteError(
        `variant ${stableVariantId} names audio group ${audioGroupId}, which does not exist`,
      );
    }
  }
  const entries = [...variants, ...iframes];
  requireAllOrNone(variants, 'CLOSED-CAPTIONS', ({ isWithoutCaptions }) => isWithoutCaptions === true);
  requireAllOrNone(entries, 'SCORE', ({ score }) => score !== undefined);
  requireAllOrNone(entries, 'VIDEO-RANGE', ({ videoRange }) => videoRange !== undefined);
  if (steering && !variants.some(({ pathwayId }) => (pathwayId ?? '.') === steering.pathwayId)) {
    throw new PlaylistWriteError(`no variant is on pathway ${steering.pathwayId}, where players start`);
  }
}

/** RFC 8216 4.3.4.1.1: names differ within a group, and at most one member is the default. */
function requireAudioGroup(groupId: string, entries: readonly AudioEntry[]): void {
  if (new Set(entries.map(({ name }) => name)).size < entries.length) {
    throw new PlaylistWriteError(`audio group ${groupId} has two renditions with the same name`);
  }
  if (entries.filter(({ isDefault }) => isDefault).length > 1) {
    throw new PlaylistWriteError(`audio group ${groupId} has two default renditions`);
  }
}

function requireAllOrNone<Entry extends StreamEntry>(
  entries: readonly Entry[],
  attribute: string,
  has: (entry: Entry) => boolean,
): void {
  const count = entries.filter(has).length;
  if (count !== 0 && count !== entries.length) {
    throw new PlaylistWriteError(`${attribute} is on ${count} of ${entries.length} variants: all or none`);
  }
}
