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
  return text
    .split('\n')
    .flatMap((line) => {
      const [pts, dts, duration, flags = ''] = line.split(',');
      const at = number(pts) ?? number(dts);
      return at === undefined || flags.includes('D') ? [] : [{ at, durationSeconds: number(duration) }];
    })
    .sort((a, b) => a.at - b.at);
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
