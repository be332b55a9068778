import type { PacketTail, ProbedStream } from '#encoder/planning/probe-report.js';

export interface ShownPacket {
  /** When it is shown, seconds on the file's own time line. */
  at: number;
  durationSeconds: number | undefined;
}

/**
 * Reads ffprobe's `pts_time,dts_time,duration_time,flags`, a packet a line, into order of showing. Packets that an edit
 * list hides (`D` among the flags) are decoded but never shown.
 */
export function readPacketRows(text: string): ShownPacket[] {
  const number = (field: string | undefined): number | undefined => {
    const value = Number.parseFloat(field ?? '');
    return Number.isFinite(value) ? value : undefined;
  };
  const rows = text
    .split('\n')
    .map((line) => line.split(','))
    .filter(([, , , flags]) => flags !== undefined && !flags.includes('D'))
    .map(([pts, dts, duration]) => ({
      pts: number(pts),
      dts: number(dts),
      durationSeconds: number(duration),
    }));
  const lead = shortestLead(rows);
  const timed = rows.flatMap(({ pts, dts, durationSeconds }) => {
    const at = pts ?? (dts === undefined ? undefined : dts + lead);
    return at === undefined ? [] : [{ at, durationSeconds }];
  });
  return timed.length > 0 ? timed.sort((a, b) => a.at - b.at) : oneAfterAnother(rows);
}

/** What passes at least between decoding and showing, seconds: the last frame of a program stream tells only the first. */
function shortestLead(rows: readonly { pts: number | undefined; dts: number | undefined }[]): number {
  const leads = rows.flatMap(({ pts, dts }) => (pts === undefined || dts === undefined ? [] : [pts - dts]));
  const shortest = leads.reduce((least, lead) => Math.min(least, lead), Number.POSITIVE_INFINITY);
  return Number.isFinite(shortest) ? Math.max(0, shortest) : 0;
}

/**
 * How far the clock of decoding jumps back at most from one packet to the next, seconds, in the order they are stored: 0
 * where it never does. Files joined end to end, each with a clock of its own, do.
 */
export function longestStepBack(text: string): number {
  let latest = Number.NEGATIVE_INFINITY;
  let longest = 0;
  for (const line of text.split('\n')) {
    const dts = Number.parseFloat(line.split(',')[1] ?? '');
    if (!Number.isFinite(dts)) continue;
    longest = Math.max(longest, latest - dts);
    latest = dts;
  }
  return longest;
}

/** A bare stream of pictures has no clock: each follows the one before. */
function oneAfterAnother(rows: readonly Pick<ShownPacket, 'durationSeconds'>[]): ShownPacket[] {
  let at = 0;
  return rows.flatMap(({ durationSeconds }) => {
    if (durationSeconds === undefined) return [];
    const packet = { at, durationSeconds };
    at += durationSeconds;
    return [packet];
  });
}

/** What a picture's packets say of its end, its pace and its pauses; undefined where there are none. */
export function packetTailOf(packets: readonly ShownPacket[], picture: ProbedStream): PacketTail | undefined {
  const [first, last] = [packets[0], packets.at(-1)];
  if (!first || !last) return undefined;
  const gaps = packets.slice(1).map(({ at }, index) => at - (packets[index]?.at ?? at));
  const lastSeconds = lastFrameSeconds(last, gaps, picture);
  const endSeconds = last.at + lastSeconds;
  const seconds = endSeconds - first.at;
  return {
    endSeconds,
    framesPerSecond: packets.length > 1 && seconds > 0 ? packets.length / seconds : undefined,
    longestGapSeconds: Math.max(lastSeconds, ...longestOf(gaps)),
    shownSeconds: packets.map(({ at }) => at),
  };
}

/** A packet that claims to last less than this share of a usual pause repeats its clock's tick, not the frame's time. */
const leastShare = 0.75;

/**
 * How long the last frame is shown: what its packet says, where that is no less than a usual pause; the pause otherwise.
 * Streams whose frames are reordered give their packets the time to the next one stored, not shown: there the end that
 * the track's header tells is nearer to the truth, as long as it is no pause that the film does not have elsewhere.
 */
function lastFrameSeconds(last: ShownPacket, gaps: readonly number[], picture: ProbedStream): number {
  const usual = medianOf(gaps.filter((gap) => gap > 0)) ?? declaredFrameSeconds(picture);
  const told = last.durationSeconds ?? 0;
  if (told >= usual * leastShare) return told;
  const header = (picture.start_time ?? 0) + (picture.duration ?? 0) - last.at;
  const [longest = usual] = longestOf(gaps);
  return header > 0 && header >= told * leastShare && header <= longest * 1.5 ? header : usual;
}

function declaredFrameSeconds(picture: ProbedStream): number {
  const [numerator = 0, denominator = 0] = (picture.avg_frame_rate ?? '').split('/').map(Number);
  return numerator > 0 && denominator > 0 ? denominator / numerator : 1 / 25;
}

/** The largest, in a list of one or none: films have more frames than a function takes arguments. */
const longestOf = (values: readonly number[]): number[] =>
  values.length === 0 ? [] : [values.reduce((longest, value) => Math.max(longest, value))];

function medianOf(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
