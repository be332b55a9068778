import type { AudioRendition, Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import {
  audioFolder,
  iframePlaylistFile,
  initFile,
  mediaPlaylistFile,
  segmentFile,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { toNumber } from '#core/contracts/rational.js';
import { audioSegmentSeconds, videoSegmentSeconds } from '#core/contracts/segment-grid.js';
import { writeMediaPlaylist } from '#core/hls/write-media-playlist.js';
import {
  type AudioEntry,
  type IframeEntry,
  type VariantEntry,
  writeMultivariantPlaylist,
} from '#core/hls/write-multivariant-playlist.js';

/** Three GOPs of two seconds; shorter titles declare it too, so that every playlist of a title says the same. */
const targetDurationSeconds = 6;
/** The HLS Authoring Specification's first variant: what a player on an unknown network begins with, bits per second. */
const firstVariantBitsPerSecond = 2_000_000;
/** The declared average of a rendition that is not measured yet leaves this much room for containers. */
const unmeasuredAudioOverhead = 1.1;

/** A pathway: an edge node, by its id and the address that everything of this publication lies below. */
export interface Pathway {
  pathwayId: string;
  /** Ends in `/`. */
  baseUrl: string;
}

export interface MultivariantOptions {
  /** Renditions to offer; all of the plan's where absent. */
  renditionIds?: readonly string[];
  firstRenditionId?: string;
  /** Every variant is listed once a pathway; relative URIs where there are none. */
  pathways?: readonly Pathway[];
  steering?: { serverUri: string; pathwayId: string };
}

export function videoMediaPlaylist(plan: Plan, rung: VideoRung): string {
  return mediaPlaylist(plan, (index) => videoSegmentSeconds(plan.grid, index, rung.frameStep));
}

export function audioMediaPlaylist(plan: Plan, rendition: AudioRendition): string {
  return mediaPlaylist(plan, (index) => audioSegmentSeconds(plan.grid, index, rendition.sampleRate));
}

function mediaPlaylist(plan: Plan, secondsOf: (segmentIndex: number) => number): string {
  const segments = Array.from({ length: plan.grid.segmentCount }, (_, index) => ({
    uri: segmentFile(index),
    durationSeconds: secondsOf(index),
  }));
  return writeMediaPlaylist({ initUri: initFile, segments, targetDurationSeconds });
}

/** One key frame of a rendition: a byte range of one of its segments, `moof` included. */
export interface KeyFrame {
  segmentIndex: number;
  offsetBytes: number;
  lengthBytes: number;
  /** Until the next key frame, seconds. */
  durationSeconds: number;
}

export function iframePlaylist(keyFrames: readonly KeyFrame[]): string {
  return writeMediaPlaylist({
    initUri: initFile,
    iFramesOnly: true,
    targetDurationSeconds,
    segments: keyFrames.map(({ segmentIndex, offsetBytes, lengthBytes, durationSeconds }) => ({
      uri: segmentFile(segmentIndex),
      durationSeconds,
      byteRange: { offsetBytes, lengthBytes },
    })),
  });
}

/**
 * The multivariant playlist of a publication: the stored one with no options, or one made for a client. Bandwidths are
 * the measured ones once there is a measurement, the planned bounds before.
 */
export function writePublicationMultivariant(
  plan: Plan,
  measurement: Measurement | undefined,
  options: MultivariantOptions = {},
): string {
  const offered = plan.rungs.filter(
    ({ renditionId }) => options.renditionIds === undefined || options.renditionIds.includes(renditionId),
  );
  const ordered = orderVariants(
    offered.map((rung) => ({ rung, bandwidth: bandwidthOf(plan, rung, measurement) })),
    options.firstRenditionId,
  );
  const pathways: readonly (Pathway | undefined)[] = options.pathways?.length
    ? options.pathways
    : [undefined];
  return writeMultivariantPlaylist({
    steering: options.steering,
    audio: pathways.flatMap((pathway) => plan.audio.map((rendition) => audioEntry(rendition, pathway))),
    variants: pathways.flatMap((pathway) =>
      ordered.map((variant) => variantEntry(plan, variant, offered, pathway)),
    ),
    iframes: pathways.flatMap((pathway) =>
      ordered.flatMap(({ rung }) => iframeEntry(rung, measurement, pathway) ?? []),
    ),
  });
}

interface Bandwidth {
  peakBitsPerSecond: number;
  averageBitsPerSecond: number;
}

interface Variant {
  rung: VideoRung;
  bandwidth: Bandwidth;
}

/** RFC 8216bis 4.4.6.2: over the largest playable sum of renditions, so the heaviest sound counts. */
function bandwidthOf(plan: Plan, rung: VideoRung, measurement: Measurement | undefined): Bandwidth {
  const sounds = plan.audio.map(({ renditionId, bitsPerSecond }) => {
    const planned = Math.ceil(bitsPerSecond * unmeasuredAudioOverhead);
    const measured = measurement?.renditions[renditionId];
    return measured ?? { peakBitsPerSecond: planned, averageBitsPerSecond: planned };
  });
  const picture = measurement?.renditions[rung.renditionId] ?? {
    peakBitsPerSecond: rung.declaredPeakBitsPerSecond,
    averageBitsPerSecond: rung.expectedBitsPerSecond,
  };
  return {
    peakBitsPerSecond:
      picture.peakBitsPerSecond + Math.max(...sounds.map((sound) => sound.peakBitsPerSecond)),
    averageBitsPerSecond:
      picture.averageBitsPerSecond + Math.max(...sounds.map((sound) => sound.averageBitsPerSecond)),
  };
}

/** Ascending by bandwidth, behind the one that a player begins with. */
function orderVariants(variants: Variant[], firstRenditionId: string | undefined): Variant[] {
  const ascending = [...variants].sort(
    (a, b) => a.bandwidth.peakBitsPerSecond - b.bandwidth.peakBitsPerSecond,
  );
  const distance = ({ bandwidth }: Variant): number =>
    Math.abs(Math.log(bandwidth.peakBitsPerSecond / firstVariantBitsPerSecond));
  const first =
    ascending.find(({ rung }) => rung.renditionId === firstRenditionId) ??
    ascending
      // Whatever else the client can play, it is asked to begin with what everything can.
      .filter(({ rung }) => rung.codec === 'h264' || variants.every((other) => other.rung.codec !== 'h264'))
      .reduce<Variant | undefined>(
        (best, next) => (best && distance(best) <= distance(next) ? best : next),
        undefined,
      );
  return first ? [first, ...ascending.filter((variant) => variant !== first)] : ascending;
}

const groupOf = (pathway: Pathway | undefined): string => (pathway ? `audio-${pathway.pathwayId}` : 'audio');

function audioEntry(rendition: AudioRendition, pathway: Pathway | undefined): AudioEntry {
  return {
    groupId: groupOf(pathway),
    name: rendition.name,
    language: rendition.language,
    channels: rendition.channels,
    isDefault: rendition.isDefault,
    stableRenditionId: rendition.renditionId,
    pathwayId: pathway?.pathwayId,
    uri: `${pathway?.baseUrl ?? ''}${audioFolder(rendition.renditionId)}/${mediaPlaylistFile}`,
  };
}

/** Efficient codecs score higher where several are offered: the same picture for fewer bits. */
const codecRank = { h264: 1, hevc: 2, av1: 3 } as const;

function variantEntry(
  plan: Plan,
  { rung, bandwidth }: Variant,
  offered: readonly VideoRung[],
  pathway: Pathway | undefined,
): VariantEntry {
  const severalCodecs = new Set(offered.map(({ codec }) => codec)).size > 1;
  const anyHdr = offered.some(({ videoRange }) => videoRange !== 'SDR');
  const sound = [...new Set(plan.audio.map(({ codecString }) => codecString))];
  return {
    ...bandwidth,
    codecs: [rung.codecString, ...sound].join(','),
    supplementalCodecs: rung.supplementalCodecs,
    width: rung.width,
    height: rung.height,
    framesPerSecond: toNumber(rung.frameRate),
    videoRange: anyHdr ? rung.videoRange : undefined,
    score: severalCodecs ? codecRank[rung.codec] * 10 + scoreOfSize(rung, offered) : undefined,
    audioGroupId: groupOf(pathway),
    stableVariantId: rung.renditionId,
    pathwayId: pathway?.pathwayId,
    uri: `${pathway?.baseUrl ?? ''}${videoFolder(rung.renditionId)}/${mediaPlaylistFile}`,
  };
}

/** 0 to 9: larger caps of one codec score higher, so that SCORE never asks for a smaller picture. */
function scoreOfSize(rung: VideoRung, offered: readonly VideoRung[]): number {
  const sameCodec = offered.filter(({ codec }) => codec === rung.codec);
  const below = sameCodec.filter(({ capBitsPerSecond }) => capBitsPerSecond < rung.capBitsPerSecond).length;
  return Number(((9 * below) / Math.max(1, sameCodec.length)).toFixed(1));
}

function iframeEntry(
  rung: VideoRung,
  measurement: Measurement | undefined,
  pathway: Pathway | undefined,
): IframeEntry | undefined {
  const iframes = measurement?.renditions[rung.renditionId]?.iframes;
  if (!iframes) return undefined;
  return {
    ...iframes,
    codecs: rung.codecString,
    width: rung.width,
    height: rung.height,
    videoRange: rung.videoRange === 'SDR' ? undefined : rung.videoRange,
    stableVariantId: rung.renditionId,
    pathwayId: pathway?.pathwayId,
    uri: `${pathway?.baseUrl ?? ''}${videoFolder(rung.renditionId)}/${iframePlaylistFile}`,
  };
}
