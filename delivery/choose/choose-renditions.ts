import type { AudioRendition, Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import type { Client } from '#delivery/client/describe-client.js';

export interface RenditionDrop {
  renditionId: string;
  reason: string;
}

export interface RenditionDecision {
  /** Video renditions to offer, in the plan's order; empty where nothing is left. */
  renditionIds: string[];
  /** The one listed first: players begin with it. Undefined only where nothing is left. */
  firstRenditionId: string | undefined;
  /** The audio rendition to mark as default; undefined leaves the plan's own. */
  defaultAudioId: string | undefined;
  dropped: RenditionDrop[];
  /** Why the first is first, for people; put into words only when asked. */
  describeFirst: () => string;
}

type Viewer = Pick<Client, 'device' | 'bandwidth' | 'saveData' | 'languages'>;

/** Share of the estimated bandwidth that the first variant may need: the rest is for what estimates miss. */
const usableShare = 0.8;
const saveDataHeight = 540;
const codecPreference: readonly VideoCodec[] = ['av1', 'hevc', 'h264'];

/**
 * Which renditions a client gets, and why not the others. What it cannot decode or show is never offered; Save-Data is
 * a wish, so it leaves the smallest rung rather than none. Pure.
 */
export function chooseRenditions(
  plan: Plan,
  measurement: Measurement | undefined,
  viewer: Viewer,
): RenditionDecision {
  const dropped: RenditionDrop[] = [];
  const drop = (rung: VideoRung, reason: string): void => {
    dropped.push({ renditionId: rung.renditionId, reason });
  };
  const playable = plan.rungs.filter((rung) => {
    const reason = whyNotPlayable(rung, viewer);
    if (reason !== undefined) drop(rung, reason);
    return reason === undefined;
  });
  const kept = viewer.saveData ? withinSaveData(playable, drop) : playable;
  const first = chooseFirst(kept, bandwidthOf(plan, measurement), viewer);
  return {
    renditionIds: kept.map((rung) => rung.renditionId),
    firstRenditionId: first?.rung.renditionId,
    defaultAudioId: chooseAudio(plan.audio, viewer.languages),
    dropped,
    describeFirst: first?.describe ?? (() => 'nothing left that this client can play'),
  };
}

function linesOf(rung: VideoRung): number {
  // The shorter side: a portrait 1080x1920 picture needs what a 1080p one does.
  return Math.min(rung.width, rung.height);
}

function whyNotPlayable(rung: VideoRung, { device }: Viewer): string | undefined {
  if (!device.codecs.includes(rung.codec))
    return `codec: the device does not decode ${rung.codec} (${device.codecs.join(', ')})`;
  if (rung.videoRange !== 'SDR' && !device.hdr) return `hdr: the device does not show ${rung.videoRange}`;
  if (linesOf(rung) > device.maxHeight)
    return `height: ${linesOf(rung)} lines, the device uses up to ${device.maxHeight}`;
  return undefined;
}

function withinSaveData(rungs: readonly VideoRung[], drop: (rung: VideoRung, reason: string) => void) {
  const minHeight = Math.min(...rungs.map(linesOf));
  const limit = Math.max(saveDataHeight, minHeight);
  return rungs.filter((rung) => {
    if (linesOf(rung) <= limit) return true;
    drop(rung, `save-data: ${linesOf(rung)} lines, the client asked to save data (up to ${limit})`);
    return false;
  });
}

/** What BANDWIDTH says of a variant: the picture's peak and the largest sound's. */
function bandwidthOf(plan: Plan, measurement: Measurement | undefined): (rung: VideoRung) => number {
  const peak = (renditionId: string, planned: number): number =>
    measurement?.renditions[renditionId]?.peakBitsPerSecond ?? planned;
  const audio = Math.max(0, ...plan.audio.map((track) => peak(track.renditionId, track.bitsPerSecond)));
  return (rung) => peak(rung.renditionId, rung.declaredPeakBitsPerSecond) + audio;
}

function chooseFirst(
  rungs: readonly VideoRung[],
  bandwidth: (rung: VideoRung) => number,
  { bandwidth: estimate }: Viewer,
): { rung: VideoRung; describe: () => string } | undefined {
  const codec = codecPreference.find((candidate) => rungs.some((rung) => rung.codec === candidate));
  const ascending = rungs.filter((rung) => rung.codec === codec).sort((a, b) => bandwidth(a) - bandwidth(b));
  const usable = estimate.bitsPerSecond * usableShare;
  const fitting = ascending.findLast((rung) => bandwidth(rung) <= usable);
  const rung = fitting ?? ascending[0];
  if (!rung) return undefined;
  const describe = (): string => {
    const needs = `${rung.renditionId} needs ${kilobits(bandwidth(rung))}${fitting ? '' : ', the least there is'}`;
    return `${needs}; ${kilobits(usable)} usable of ${kilobits(estimate.bitsPerSecond)} (${estimate.source})`;
  };
  return { rung, describe };
}

function kilobits(bitsPerSecond: number): string {
  return `${Math.round(bitsPerSecond / 1_000)} kb/s`;
}

/** RFC 4647 3.4 lookup: a wanted `de-CH` is met by `de-CH`, then by `de`; a wanted `de` also by `de-AT`. */
function chooseAudio(audio: readonly AudioRendition[], languages: readonly string[]): string | undefined {
  for (const wanted of languages) {
    const found =
      audio.find((track) => track.language.toLowerCase() === wanted) ??
      audio.find((track) => primaryTag(track.language) === primaryTag(wanted));
    if (found) return found.renditionId;
  }
  return undefined;
}

function primaryTag(language: string): string {
  return language.toLowerCase().split('-', 1)[0] ?? '';
}
