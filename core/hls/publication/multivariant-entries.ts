import type { AudioRendition, Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import {
  audioFolder,
  iframePlaylistFile,
  mediaPlaylistFile,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { toNumber } from '#core/contracts/rational.js';
import type { Bitrates } from '#core/hls/measure-bitrates.js';
import { sumVariantBitrates } from '#core/hls/publication/sum-variant-bitrates.js';
import { cleanUserText } from '#core/hls/write/attribute-list.js';
import type { AudioEntry, IframeEntry, VariantEntry } from '#core/hls/write/multivariant-model.js';

/**
 * A pathway of HLS content steering: an edge node and the address that all files of the publication lie
 * below.
 */
export interface Pathway {
  pathwayId: string;
  /** Ends in `/`. */
  baseUrl: string;
}

/** What the entries of one multivariant playlist share. */
export interface EntryContext {
  plan: Plan;
  measurement: Measurement | undefined;
  hasVideoRange: boolean;
  /** SCORE by rendition id; empty if the playlist has none. */
  scores: ReadonlyMap<string, number>;
}

/**
 * Makes one audio group per pathway: a player that moves to another edge must take its audio from that edge
 * too.
 */
export function makeAudioEntries(
  renditions: readonly AudioRendition[],
  pathway: Pathway | undefined,
): AudioEntry[] {
  const names = distinctNames(renditions);
  const defaultId = (renditions.find(({ isDefault }) => isDefault) ?? renditions[0])?.renditionId;
  return renditions.map((rendition, index) => ({
    groupId: groupIdOf(pathway),
    uri: uriOf(pathway, audioFolder(rendition.renditionId), mediaPlaylistFile),
    name: names[index] ?? rendition.renditionId,
    language: rendition.language,
    isDefault: rendition.renditionId === defaultId,
    channels: rendition.channels,
    stableRenditionId: rendition.renditionId,
  }));
}

/**
 * Names for a group. Tracks of a source may share a name, members of a group may not (RFC 8216 4.3.4.1.1): if
 * two do, all get their id appended.
 */
function distinctNames(renditions: readonly AudioRendition[]): string[] {
  const names = renditions.map(({ name, language }) => cleanUserText(name) || language);
  if (new Set(names).size === names.length) return names;
  return renditions.map(({ renditionId }, index) => `${names[index]} (${renditionId})`);
}

export function makeVariantEntry(
  context: EntryContext,
  rung: VideoRung,
  pathway: Pathway | undefined,
): VariantEntry {
  const { plan, measurement } = context;
  return {
    ...streamAttributes(context, rung, sumVariantBitrates(plan, rung, measurement)),
    pathwayId: pathway?.pathwayId,
    uri: uriOf(pathway, videoFolder(rung.renditionId), mediaPlaylistFile),
    codecs: [rung.codecString, ...new Set(plan.audio.map(({ codecString }) => codecString))],
    stableVariantId: rung.renditionId,
    framesPerSecond: toNumber(rung.frameRate),
    audioGroupId: groupIdOf(pathway),
    isWithoutCaptions: plan.video.hasClosedCaptions === false,
  };
}

/** Makes the EXT-X-I-FRAME-STREAM-INF of a rung; undefined if its key frames have not been measured. */
export function makeIframeEntry(
  context: EntryContext,
  rung: VideoRung,
  pathway: Pathway | undefined,
): IframeEntry | undefined {
  const bitrates = context.measurement?.renditions[rung.renditionId]?.iframes;
  if (!bitrates) return undefined;
  return {
    ...streamAttributes(context, rung, bitrates),
    pathwayId: pathway?.pathwayId,
    uri: uriOf(pathway, videoFolder(rung.renditionId), iframePlaylistFile),
    codecs: [rung.codecString],
    // Differs from the rung's own id: a stable id identifies one media playlist (RFC 8216bis 4.4.6.2).
    stableVariantId: `${rung.renditionId}-iframes`,
  };
}

function streamAttributes(
  { hasVideoRange, scores }: EntryContext,
  rung: VideoRung,
  { peakBitsPerSecond, averageBitsPerSecond }: Bitrates,
): Omit<IframeEntry, 'uri' | 'codecs' | 'pathwayId' | 'stableVariantId'> {
  return {
    peakBitsPerSecond,
    averageBitsPerSecond,
    supplementalCodecs: rung.supplementalCodecs,
    width: rung.width,
    height: rung.height,
    videoRange: hasVideoRange ? rung.videoRange : undefined,
    score: scores.get(rung.renditionId),
  };
}

const groupIdOf = (pathway: Pathway | undefined): string =>
  pathway ? `audio-${pathway.pathwayId}` : 'audio';

const uriOf = (pathway: Pathway | undefined, folder: string, file: string): string =>
  `${pathway?.baseUrl ?? ''}${folder}/${file}`;
