import type { AudioRendition, Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { sumVariantBitrates } from '#core/hls/publication/sum-variant-bitrates.js';
import { judgeReadiness, type Readiness, type RungReadiness } from '#delivery/choose/judge-readiness.js';
import type { Client } from '#delivery/client/describe-client.js';

interface RenditionDrop {
  renditionId: string;
  reason: string;
}

export interface RenditionDecision {
  /** Video renditions to offer, in the plan's order; empty if the client can play none of them. */
  renditionIds: string[];
  /** The variant to list first, which is where players start. Undefined only if there is none to offer. */
  firstRenditionId: string | undefined;
  /** The audio rendition to mark as default; undefined keeps the plan's own default. */
  defaultAudioId: string | undefined;
  dropped: RenditionDrop[];
  /** Shortcomings that the decision accepts, a sentence each, for operators. */
  notes: string[];
  /** Explains the first variant to operators. Builds the text only when called. */
  describeFirst: () => string;
}

type Viewer = Pick<Client, 'device' | 'bandwidth' | 'saveData' | 'languages'>;

/**
 * Share of the estimated bandwidth that the first variant may need. The rest covers errors of the estimate.
 */
const usableShare = 0.8;
const saveDataMaxHeight = 540;
const codecPreference: readonly VideoCodec[] = ['av1', 'hevc', 'h264'];

/**
 * Chooses the renditions to offer to a client, with a reason for each one left out. Never offers what the
 * device cannot decode or display. Save-Data is a preference, not a limit: it always leaves at least the
 * smallest rung. With a `readiness`, offers only rungs whose segments come in time, and always the lowest
 * H.264 rung that is left. Pure.
 */
export function chooseRenditions(
  plan: Plan,
  measurement: Measurement | undefined,
  viewer: Viewer,
  readiness?: Readiness,
): RenditionDecision {
  const dropped: RenditionDrop[] = [];
  const notes: string[] = [];
  const drop: DropRung = ({ renditionId }, reason) => {
    dropped.push({ renditionId, reason });
  };
  const playable = plan.rungs.filter((rung) => {
    const reason = whyNotPlayable(rung, viewer);
    if (reason !== undefined) drop(rung, reason);
    return reason === undefined;
  });
  const wanted = viewer.saveData ? applySaveData(playable, drop) : playable;
  const judged = readiness && wanted.map((rung) => judgeReadiness(plan, rung, readiness));
  const offered = judged ? applyReadiness(judged, drop, notes) : wanted;
  const bandwidths = listBandwidths(plan, measurement, offered);
  const first = chooseFirst(judged ? keepQuick(bandwidths, judged, viewer, notes) : bandwidths, viewer);
  return {
    renditionIds: offered.map((rung) => rung.renditionId),
    firstRenditionId: first?.renditionId,
    defaultAudioId: chooseAudio(plan.audio, viewer.languages),
    dropped,
    notes,
    describeFirst: first?.describe ?? (() => 'this client can play none of the renditions'),
  };
}

type DropRung = (rung: VideoRung, reason: string) => void;

/** Lines of the shorter side: a portrait 1080x1920 video needs the same decoder as 1920x1080. */
function linesOf(rung: VideoRung): number {
  return Math.min(rung.width, rung.height);
}

function whyNotPlayable(rung: VideoRung, { device }: Viewer): string | undefined {
  if (!device.codecs.includes(rung.codec))
    return `codec: the device does not decode ${rung.codec} (only ${device.codecs.join(', ')})`;
  if (rung.videoRange !== 'SDR' && !device.hdr) return `hdr: the device does not display ${rung.videoRange}`;
  if (linesOf(rung) > device.maxHeight)
    return `height: ${linesOf(rung)} lines, more than the ${device.maxHeight} that the device uses`;
  return undefined;
}

function applySaveData(rungs: readonly VideoRung[], drop: DropRung): VideoRung[] {
  const minLines = Math.min(...rungs.map(linesOf));
  const maxLines = Math.max(saveDataMaxHeight, minLines);
  return rungs.filter((rung) => {
    if (linesOf(rung) <= maxLines) return true;
    drop(rung, `save-data: ${linesOf(rung)} lines, more than the ${maxLines} offered with Save-Data`);
    return false;
  });
}

/** Keeps the rungs whose segments come in time, and one rung in any case. */
function applyReadiness(judged: readonly RungReadiness[], drop: DropRung, notes: string[]): VideoRung[] {
  const kept = findAlwaysOffered(judged);
  return judged.flatMap(({ rung, tooSlow }) => {
    if (tooSlow === undefined) return rung;
    if (rung !== kept?.rung) {
      drop(rung, tooSlow);
      return [];
    }
    notes.push(`${rung.renditionId} is offered although it may stall (${tooSlow})`);
    return rung;
  });
}

/** Finds the lowest H.264 rung, or the quickest rung if the client plays no H.264. */
function findAlwaysOffered(judged: readonly RungReadiness[]): RungReadiness | undefined {
  const h264 = judged.filter(({ rung }) => rung.codec === 'h264');
  if (h264.length === 0) return minBy(judged, ({ predictedSeconds }) => predictedSeconds);
  return minBy(h264, ({ rung }) => rung.declaredPeakBitsPerSecond);
}

function minBy<Item>(items: readonly Item[], valueOf: (item: Item) => number): Item | undefined {
  return items.reduce<Item | undefined>(
    (min, item) => (min === undefined || valueOf(item) < valueOf(min) ? item : min),
    undefined,
  );
}

interface RungBandwidth {
  rung: VideoRung;
  /** BANDWIDTH as the playlist declares it, so that the choice and the playlist agree. */
  bitsPerSecond: number;
}

function listBandwidths(
  plan: Plan,
  measurement: Measurement | undefined,
  rungs: readonly VideoRung[],
): RungBandwidth[] {
  return rungs.map((rung) => ({
    rung,
    bitsPerSecond: sumVariantBitrates(plan, rung, measurement).peakBitsPerSecond,
  }));
}

/** Keeps the rungs that fit the bandwidth and start quickly; if there is none, the one always offered. */
function keepQuick(
  rungs: readonly RungBandwidth[],
  judged: readonly RungReadiness[],
  { bandwidth }: Viewer,
  notes: string[],
): readonly RungBandwidth[] {
  const isQuick = new Map(judged.map((rungReadiness) => [rungReadiness.rung, rungReadiness.isQuick]));
  const quick = rungs.filter(
    ({ rung, bitsPerSecond }) => isQuick.get(rung) && bitsPerSecond <= usableOf(bandwidth),
  );
  if (quick.length > 0) return quick;
  const start = findAlwaysOffered(judged)?.rung;
  if (start)
    notes.push(`no rendition that fits the bandwidth starts within a second: ${start.renditionId} is first`);
  return rungs.filter(({ rung }) => rung === start);
}

/** Chooses the highest rung of the preferred codec that fits the usable bandwidth, or else the lowest one. */
function chooseFirst(
  rungs: readonly RungBandwidth[],
  { bandwidth: estimate }: Viewer,
): { renditionId: string; describe: () => string } | undefined {
  const codec = codecPreference.find((candidate) => rungs.some(({ rung }) => rung.codec === candidate));
  const ascending = rungs
    .filter(({ rung }) => rung.codec === codec)
    .sort((a, b) => a.bitsPerSecond - b.bitsPerSecond);
  const usable = usableOf(estimate);
  const fitting = ascending.findLast(({ bitsPerSecond }) => bitsPerSecond <= usable);
  const first = fitting ?? ascending[0];
  if (!first) return undefined;
  const { renditionId } = first.rung;
  const describe = (): string => {
    const needs = `${renditionId} needs ${formatKilobits(first.bitsPerSecond)}`;
    const available = `${formatKilobits(usable)} usable of ${formatKilobits(estimate.bitsPerSecond)}`;
    return `${needs}${fitting ? '' : ', the lowest on offer'}; ${available} (${estimate.source})`;
  };
  return { renditionId, describe };
}

const usableOf = ({ bitsPerSecond }: Viewer['bandwidth']): number => bitsPerSecond * usableShare;

function formatKilobits(bitsPerSecond: number): string {
  return `${Math.round(bitsPerSecond / 1_000)} kb/s`;
}

/**
 * Finds the audio for the preferred languages. An exact tag wins; otherwise the primary tag decides (RFC 4647
 * 3.4).
 */
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
