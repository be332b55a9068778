import type { AudioRendition, Measurement, Plan, SegmentGrid, VideoRung } from '#core/contracts/plan.js';
import {
  audioFolder,
  iframePlaylistFile,
  initFile,
  mediaPlaylistFile,
  segmentFile,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { toNumber } from '#core/contracts/rational.js';
import { audioSegmentSeconds, frameSeconds, videoSegmentSeconds } from '#core/contracts/segment-grid.js';
import { cleanUserText, PlaylistWriteError } from '#core/hls/attribute-list.js';
import { orderRungs } from '#core/hls/order-rungs.js';
import { type Bitrates, bitratesOf } from '#core/hls/variant-bitrates.js';
import { writeMediaPlaylist } from '#core/hls/write-media-playlist.js';
import {
  type AudioEntry,
  type IframeEntry,
  type VariantEntry,
  writeMultivariantPlaylist,
} from '#core/hls/write-multivariant-playlist.js';

/** One key frame, with its `moof`, inside its segment. */
export interface IframePosition {
  segmentIndex: number;
  offsetBytes: number;
  lengthBytes: number;
  /** Until the next key frame, or the end. */
  durationSeconds: number;
}

/** A pathway: an edge node, by its id and the address that everything of this publication lies below. */
export interface Pathway {
  pathwayId: string;
  /** Ends in `/`. */
  baseUrl: string;
}

export interface MultivariantOptions {
  /** Video renditions to offer; all of the plan's where absent. */
  renditionIds?: readonly string[];
  firstRenditionId?: string;
  /** Best first: every variant is listed once a pathway. Relative URIs where there are none, as in the stored playlist. */
  pathways?: readonly Pathway[];
  steering?: { serverUri: string; pathwayId: string };
}

export function videoMediaPlaylist(plan: Plan, rung: VideoRung): string {
  return gridPlaylist(plan.grid, (index) => videoSegmentSeconds(plan.grid, index, rung.frameStep));
}

export function audioMediaPlaylist(plan: Plan, rendition: AudioRendition): string {
  return gridPlaylist(plan.grid, (index) => audioSegmentSeconds(plan.grid, index, rendition.sampleRate));
}

function gridPlaylist(grid: SegmentGrid, secondsOf: (segmentIndex: number) => number): string {
  return writeMediaPlaylist({
    targetDurationSeconds: targetDurationSeconds(grid),
    initUri: initFile,
    segments: Array.from({ length: grid.segmentCount }, (_, index) => ({
      uri: segmentFile(index),
      durationSeconds: secondsOf(index),
    })),
  });
}

/** From the grid alone: every rendition must have the same one (RFC 8216 6.2.4), a title of one short segment too. */
function targetDurationSeconds(grid: SegmentGrid): number {
  return Math.max(1, Math.round(frameSeconds(grid, grid.segmentFrames)));
}

/** Key frames of one rung; lies beside its media playlist. */
export function iframePlaylist(plan: Plan, rung: VideoRung, index: readonly IframePosition[]): string {
  if (!plan.rungs.some(({ renditionId }) => renditionId === rung.renditionId)) {
    throw new PlaylistWriteError(`publication ${plan.publicationId} has no rendition ${rung.renditionId}`);
  }
  return writeMediaPlaylist({
    targetDurationSeconds: targetDurationSeconds(plan.grid),
    iframesOnly: true,
    initUri: initFile,
    segments: index.map(({ segmentIndex, durationSeconds, offsetBytes, lengthBytes }) => ({
      uri: segmentFile(segmentIndex),
      durationSeconds,
      byteRange: { offsetBytes, lengthBytes },
    })),
  });
}

/**
 * The multivariant playlist of a publication: bandwidths as measured once it is `ready`; before that as planned, which it
 * says. Throws PlaylistWriteError where `options` name what the plan has not.
 */
export function writePublicationMultivariant(
  plan: Plan,
  measurement: Measurement | undefined,
  options: MultivariantOptions = {},
): string {
  const pathways: readonly (Pathway | undefined)[] = options.pathways?.length
    ? options.pathways
    : [undefined];
  const rungs = orderRungs(plan, measurement, options);
  const common = commonAttributes(plan, rungs, measurement);
  return writeMultivariantPlaylist({
    steering: options.steering,
    isBeingEncoded: measurement === undefined,
    audio: pathways.flatMap((pathway) => audioEntries(plan.audio, pathway)),
    variants: pathways.flatMap((pathway) =>
      rungs.map((rung) => variantEntry(plan, rung, measurement, pathway, common)),
    ),
    iframes: pathways.flatMap((pathway) =>
      rungs.flatMap((rung) => iframeEntry(rung, measurement, pathway, common) ?? []),
    ),
  });
}

/** What depends on all the variants together. */
interface CommonAttributes {
  hasVideoRange: boolean;
  /** Empty where one codec makes bandwidth alone a fair order. */
  scores: ReadonlyMap<string, number>;
}

function commonAttributes(
  plan: Plan,
  rungs: readonly VideoRung[],
  measurement: Measurement | undefined,
): CommonAttributes {
  const hasSeveralCodecs = new Set(rungs.map(({ codec }) => codec)).size > 1;
  return {
    hasVideoRange: rungs.some(({ videoRange }) => videoRange !== 'SDR'),
    scores: hasSeveralCodecs ? scoresOf(plan, rungs, measurement) : new Map(),
  };
}

/** Bits of H.264 that one bit of the codec is worth, roughly: enough to order the rungs of one title. */
const codecWorth = { h264: 1, hevc: 1.5, av1: 1.8 } as const;

/** Ranks from 1: bandwidth would put an H.264 rung above a better one of a newer codec. */
function scoresOf(
  plan: Plan,
  rungs: readonly VideoRung[],
  measurement: Measurement | undefined,
): Map<string, number> {
  const worth = (rung: VideoRung): number =>
    bitratesOf(plan, rung, measurement).averageBitsPerSecond * codecWorth[rung.codec];
  const ranked = [...rungs].sort((a, b) => worth(a) - worth(b));
  return new Map(ranked.map(({ renditionId }, index) => [renditionId, index + 1]));
}

const groupIdOf = (pathway: Pathway | undefined): string =>
  pathway ? `audio-${pathway.pathwayId}` : 'audio';
const uriOf = (pathway: Pathway | undefined, folder: string, file: string): string =>
  `${pathway?.baseUrl ?? ''}${folder}/${file}`;

/** A group for each pathway: a player that moves to another edge must take its sound from there too. */
function audioEntries(renditions: readonly AudioRendition[], pathway: Pathway | undefined): AudioEntry[] {
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

/** Tracks of a file may share a name, members of a group may not (RFC 8216 4.3.4.1.1): then ids tell all of them apart. */
function distinctNames(renditions: readonly AudioRendition[]): string[] {
  const names = renditions.map(({ name, language }) => cleanUserText(name) || language);
  if (new Set(names).size === names.length) return names;
  return renditions.map(({ renditionId }, index) => `${names[index]} (${renditionId})`);
}

function variantEntry(
  plan: Plan,
  rung: VideoRung,
  measurement: Measurement | undefined,
  pathway: Pathway | undefined,
  common: CommonAttributes,
): VariantEntry {
  return {
    ...streamEntry(rung, bitratesOf(plan, rung, measurement), pathway, common),
    uri: uriOf(pathway, videoFolder(rung.renditionId), mediaPlaylistFile),
    codecs: [rung.codecString, ...new Set(plan.audio.map(({ codecString }) => codecString))],
    stableVariantId: rung.renditionId,
    framesPerSecond: toNumber(rung.frameRate),
    audioGroupId: groupIdOf(pathway),
  };
}

function iframeEntry(
  rung: VideoRung,
  measurement: Measurement | undefined,
  pathway: Pathway | undefined,
  common: CommonAttributes,
): IframeEntry | undefined {
  const iframes = measurement?.renditions[rung.renditionId]?.iframes;
  if (!iframes) return undefined;
  return {
    ...streamEntry(rung, iframes, pathway, common),
    uri: uriOf(pathway, videoFolder(rung.renditionId), iframePlaylistFile),
    codecs: [rung.codecString],
    // Not the rung's own: a stable id names one media playlist (RFC 8216bis 4.4.6.2).
    stableVariantId: `${rung.renditionId}-iframes`,
  };
}

function streamEntry(
  rung: VideoRung,
  { peakBitsPerSecond, averageBitsPerSecond }: Bitrates,
  pathway: Pathway | undefined,
  { hasVideoRange, scores }: CommonAttributes,
): Omit<IframeEntry, 'uri' | 'codecs' | 'stableVariantId'> {
  return {
    peakBitsPerSecond,
    averageBitsPerSecond,
    supplementalCodecs: rung.supplementalCodecs,
    width: rung.width,
    height: rung.height,
    videoRange: hasVideoRange ? rung.videoRange : undefined,
    score: scores.get(rung.renditionId),
    pathwayId: pathway?.pathwayId,
  };
}
