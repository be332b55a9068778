import type { PacketTail, ProbedStream } from '#planning/source/probe-report.js';

/** Packets in the order of showing. */
export interface ShownPackets {
  /** When each is shown, seconds on the file's own time line. */
  shownSeconds: Float64Array;
  /** What the last one says it lasts. */
  lastSeconds: number | undefined;
  /** End of the one that is shown longest; undefined where there are none. */
  endSeconds: number | undefined;
  /**
   * How far the clock of decoding jumps back at most from one packet to the next, seconds, in the order they are stored: 0
   * where it never does. Files joined end to end, each with a clock of its own, do.
   */
  maxStepBackSeconds: number;
}

/**
 * Reads ffprobe's `pts_time,dts_time,duration_time,flags`, a packet a line, as it comes: a file of a few megabytes may hold
 * millions. Packets that an edit list hides (`D` among the flags) are decoded but never shown.
 */
export class PacketRows {
  private readonly pts = new Numbers();
  private readonly dts = new Numbers();
  private readonly durations = new Numbers();
  private rest = '';
  private decodedBefore = Number.NEGATIVE_INFINITY;
  private lastDecoded = Number.NEGATIVE_INFINITY;
  private maxStepBack = 0;

  /** Takes the next piece of ffprobe's output, which may end within a line. */
  push(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.read(line);
  }

  private read(line: string): void {
    const [pts, dts, duration, flags] = line.split(',');
    if (flags === undefined) return;
    // Every edit begins anew with the key frame before it: there the clock of what is hidden jumps back.
    if (flags.includes('D')) return;
    const decoded = Number.parseFloat(dts ?? '');
    if (Number.isFinite(decoded)) this.followTimestamps(decoded);
    this.pts.push(Number.parseFloat(pts ?? ''));
    this.dts.push(decoded);
    this.durations.push(Number.parseFloat(duration ?? ''));
  }

  /** A step back counts where two packets make it: where identifiers change, the old one's last packet comes at the end. */
  private followTimestamps(decoded: number): void {
    const [before, last] = [this.decodedBefore, this.lastDecoded];
    if (last < before && decoded < before)
      this.maxStepBack = Math.max(this.maxStepBack, before - Math.min(last, decoded));
    this.decodedBefore = last;
    this.lastDecoded = decoded;
  }

  packets(): ShownPackets {
    this.push('\n');
    const [pts, dts, durations] = [this.pts, this.dts, this.durations].map((numbers) => numbers.all()) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const lead = minLead(pts, dts);
    const timed = pts.map((seconds, index) =>
      Number.isNaN(seconds) ? (dts[index] ?? seconds) + lead : seconds,
    );
    const shown = timed.some(Number.isFinite) ? timed : oneAfterAnother(durations);
    const isShown = (_: number, index: number): boolean => Number.isFinite(shown[index]);
    return shownPackets(shown.filter(isShown), durations.filter(isShown), this.maxStepBack);
  }
}

function shownPackets(
  shownSeconds: Float64Array,
  durations: Float64Array,
  maxStepBackSeconds: number,
): ShownPackets {
  let last = 0;
  let endSeconds: number | undefined;
  for (const [index, seconds] of shownSeconds.entries()) {
    if (seconds >= (shownSeconds[last] ?? seconds)) last = index;
    endSeconds = Math.max(endSeconds ?? seconds, seconds + (durations[index] || 0));
  }
  return {
    lastSeconds: durations[last] || undefined,
    endSeconds,
    shownSeconds: shownSeconds.sort(),
    maxStepBackSeconds,
  };
}

/** Numbers one behind the other; NaN where one is not known. */
class Numbers {
  private values = new Float64Array(1_024);
  private count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = new Float64Array(this.count * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count] = value;
    this.count += 1;
  }

  all(): Float64Array {
    return this.values.subarray(0, this.count);
  }
}

/** What passes at least between decoding and showing, seconds: the last frame of a program stream tells only the first. */
function minLead(pts: Float64Array, dts: Float64Array): number {
  let min = Number.POSITIVE_INFINITY;
  for (const [index, seconds] of pts.entries()) {
    const lead = seconds - (dts[index] ?? Number.NaN);
    if (lead < min) min = lead;
  }
  return Number.isFinite(min) ? Math.max(0, min) : 0;
}

/** A bare stream of pictures has no clock: each follows the one before. */
function oneAfterAnother(durations: Float64Array): Float64Array {
  let at = 0;
  return durations.map((seconds) => {
    if (!Number.isFinite(seconds)) return Number.NaN;
    const from = at;
    at += seconds;
    return from;
  });
}

/** What a picture's packets say of its end, its pace and its pauses; undefined where there are none. */
export function packetTailOf(packets: ShownPackets, video: ProbedStream): PacketTail | undefined {
  const { shownSeconds, maxStepBackSeconds } = packets;
  const [first, last] = [shownSeconds[0], shownSeconds.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const gaps = shownSeconds.subarray(1).map((seconds, index) => seconds - (shownSeconds[index] ?? seconds));
  const lastSeconds = lastFrameSeconds(last, packets.lastSeconds ?? 0, gaps, video);
  const endSeconds = last + lastSeconds;
  const seconds = endSeconds - first;
  return {
    endSeconds,
    lastShownSeconds: last,
    framesPerSecond: shownSeconds.length > 1 && seconds > 0 ? shownSeconds.length / seconds : undefined,
    maxGapSeconds: Math.max(lastSeconds, maxOf(gaps) ?? 0),
    maxStepBackSeconds,
    shownSeconds,
  };
}

/** A packet that claims to last less than this share of a usual pause repeats its clock's tick, not the frame's time. */
const minShare = 0.75;

/**
 * How long the last frame is shown: what its packet says, where that is no less than a usual pause; the pause otherwise.
 * Streams whose frames are reordered give their packets the time to the next one stored, not shown: there the end that
 * the track's header tells is nearer to the truth, as long as it is no pause that the film does not have elsewhere.
 */
function lastFrameSeconds(
  at: number,
  declaredSeconds: number,
  gaps: Float64Array,
  video: ProbedStream,
): number {
  const usual = medianOf(gaps.filter((gap) => gap > 0)) ?? declaredFrameSeconds(video);
  if (declaredSeconds >= usual * minShare) return declaredSeconds;
  const header = (video.start_time ?? 0) + (video.duration ?? 0) - at;
  const max = maxOf(gaps) ?? usual;
  return header > 0 && header >= declaredSeconds * minShare && header <= max * 1.5 ? header : usual;
}

function declaredFrameSeconds(video: ProbedStream): number {
  const [numerator = 0, denominator = 0] = (video.avg_frame_rate ?? '').split('/').map(Number);
  return numerator > 0 && denominator > 0 ? denominator / numerator : 1 / 25;
}

/** Undefined of nothing. Films have more frames than a function takes arguments. */
const maxOf = (values: Float64Array): number | undefined =>
  values.length === 0 ? undefined : values.reduce((max, value) => Math.max(max, value));

export const medianOf = (values: Float64Array): number | undefined =>
  Float64Array.from(values).sort()[Math.floor(values.length / 2)];
