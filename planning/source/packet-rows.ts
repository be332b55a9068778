/** Packets in presentation order. */
export interface ShownPackets {
  /** PTS of each packet, in seconds on the file's own timeline. */
  shownSeconds: Float64Array;
  /** Declared duration of the packet with the last PTS. */
  lastSeconds: number | undefined;
  /** Latest PTS + duration; undefined if there are no packets. */
  endSeconds: number | undefined;
  /**
   * Largest backward jump of the DTS from one stored packet to the next, in seconds; 0 if there is none.
   * Files that were joined end to end without new timestamps have one.
   */
  maxStepBackSeconds: number;
}

/**
 * Reads ffprobe's `pts_time,dts_time,duration_time,flags`, one packet per line, as a stream: a file of a few
 * megabytes may hold millions of packets. Packets hidden by an edit list (`D` among the flags) are decoded
 * but never shown, so they are skipped.
 */
export class PacketRows {
  private readonly pts = new Numbers();
  private readonly dts = new Numbers();
  private readonly durations = new Numbers();
  private rest = '';
  private secondLastDts = Number.NEGATIVE_INFINITY;
  private lastDts = Number.NEGATIVE_INFINITY;
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
    // Every edit starts again at the key frame before it, so the timestamps of hidden packets jump back.
    if (flags.includes('D')) return;
    const decoded = Number.parseFloat(dts ?? '');
    if (Number.isFinite(decoded)) this.followTimestamps(decoded);
    this.pts.push(Number.parseFloat(pts ?? ''));
    this.dts.push(decoded);
    this.durations.push(Number.parseFloat(duration ?? ''));
  }

  /**
   * Counts a backward jump only when two consecutive packets are behind the one before them: where a
   * transport stream changes its packet identifiers, the last packet of the old one is stored late.
   */
  private followTimestamps(decoded: number): void {
    const [before, last] = [this.secondLastDts, this.lastDts];
    if (last < before && decoded < before)
      this.maxStepBack = Math.max(this.maxStepBack, before - Math.min(last, decoded));
    this.secondLastDts = last;
    this.lastDts = decoded;
  }

  packets(): ShownPackets {
    this.push('\n');
    const [pts, dts, durations] = [this.pts, this.dts, this.durations].map((numbers) => numbers.all()) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const offset = minPresentationOffset(pts, dts);
    const timed = pts.map((seconds, index) =>
      Number.isNaN(seconds) ? (dts[index] ?? seconds) + offset : seconds,
    );
    const shown = timed.some(Number.isFinite) ? timed : sumOfDurations(durations);
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

/** A growing list of numbers; NaN stands for an unknown one. */
class Numbers {
  private values = new Float64Array(1_024);
  private count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Float64Array(this.count * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count] = value;
    this.count += 1;
  }

  all(): Float64Array {
    return this.values.subarray(0, this.count);
  }
}

/**
 * Smallest PTS - DTS, in seconds. Program streams carry only a DTS for the last frame; this offset gives its
 * PTS.
 */
function minPresentationOffset(pts: Float64Array, dts: Float64Array): number {
  let min = Number.POSITIVE_INFINITY;
  for (const [index, seconds] of pts.entries()) {
    const offset = seconds - (dts[index] ?? Number.NaN);
    if (offset < min) min = offset;
  }
  return Number.isFinite(min) ? Math.max(0, min) : 0;
}

/** PTS of an elementary stream, which carries no timestamps: each frame follows the one before. */
function sumOfDurations(durations: Float64Array): Float64Array {
  let at = 0;
  return durations.map((seconds) => {
    if (!Number.isFinite(seconds)) return Number.NaN;
    const from = at;
    at += seconds;
    return from;
  });
}
