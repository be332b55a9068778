/** A rung as players find it: what it costs, what it asks of the line, how good it looks. */
export interface MeasuredRung {
  averageBitsPerSecond: number;
  peakBitsPerSecond: number;
  /** 0 to 100, against the source at the source's size. */
  quality: number;
}

export interface ViewersMeasure<Rung extends MeasuredRung = MeasuredRung> {
  /** Mean over the bandwidths; no rung counts for more than `qualityNobodySeesBeyond`. */
  meanQuality: number;
  /** Mean over the bandwidths of what is delivered. */
  meanBitsPerSecond: number;
  choices: { bandwidthBitsPerSecond: number; rung: Rung }[];
}

export interface LadderComparison {
  /** 0.3: three tenths fewer bits delivered than by the other ladder. */
  bitsSavedShare: number;
  /** Points of mean quality above the other ladder's. */
  qualityGain: number;
  /** Points lost at the bandwidth where most are lost; 0 when none are. */
  worstDrop: number;
  worstDropAtBitsPerSecond: number;
}

const slowest = 250_000;
const fastest = 12_000_000;
const bandwidthCount = 40;
/** Players fill this share of a line: the rest is for its unsteadiness. */
const usableShare = 0.8;
/** On VMAF's scale; other metrics have none. */
const qualityNobodySeesBeyond = 95;

/** The lines a ladder is judged on, bits a second: log-spaced, because viewers' lines are. */
export const judgedBandwidths: readonly number[] = Array.from(
  { length: bandwidthCount },
  (_, index) => slowest * (fastest / slowest) ** (index / (bandwidthCount - 1)),
);

/**
 * What viewers get of a ladder: on each line the rung with the highest peak that fits, because players climb
 * by the declared bitrate alone. Where none fits, the one that asks least. Throws `RangeError` for a ladder
 * without rungs.
 */
export function viewersMeasure<Rung extends MeasuredRung>(
  rungs: readonly Rung[],
  maxQuality = qualityNobodySeesBeyond,
): ViewersMeasure<Rung> {
  const choices = judgedBandwidths.map((bandwidthBitsPerSecond) => ({
    bandwidthBitsPerSecond,
    rung: bestFitting(rungs, bandwidthBitsPerSecond * usableShare),
  }));
  const mean = (value: (rung: Rung) => number): number =>
    choices.reduce((sum, { rung }) => sum + value(rung), 0) / choices.length;
  return {
    meanQuality: mean(({ quality }) => Math.min(quality, maxQuality)),
    meanBitsPerSecond: mean((rung) => rung.averageBitsPerSecond),
    choices,
  };
}

function bestFitting<Rung extends MeasuredRung>(rungs: readonly Rung[], peakLimit: number): Rung {
  const byPeak = [...rungs].sort((a, b) => a.peakBitsPerSecond - b.peakBitsPerSecond);
  const [min] = byPeak;
  if (min === undefined) throw new RangeError('a ladder without rungs cannot be judged');
  return byPeak.filter(({ peakBitsPerSecond }) => peakBitsPerSecond <= peakLimit).at(-1) ?? min;
}

export function compareLadders(
  ours: readonly MeasuredRung[],
  other: readonly MeasuredRung[],
  maxQuality = qualityNobodySeesBeyond,
): LadderComparison {
  const [a, b] = [viewersMeasure(ours, maxQuality), viewersMeasure(other, maxQuality)];
  const countedQuality = ({ quality }: MeasuredRung): number => Math.min(quality, maxQuality);
  const drops = a.choices.map(({ bandwidthBitsPerSecond, rung }, index) => ({
    bandwidthBitsPerSecond,
    drop: countedQuality(b.choices[index]?.rung ?? rung) - countedQuality(rung),
  }));
  const worst = drops.reduce((max, next) => (next.drop > max.drop ? next : max));
  return {
    bitsSavedShare: 1 - a.meanBitsPerSecond / b.meanBitsPerSecond,
    qualityGain: a.meanQuality - b.meanQuality,
    worstDrop: Math.max(0, worst.drop),
    worstDropAtBitsPerSecond: worst.bandwidthBitsPerSecond,
  };
}
