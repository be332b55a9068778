/** A rung as players meet it: what it delivers, what bandwidth it needs and how good it looks. */
export interface MeasuredRung {
  averageBitsPerSecond: number;
  peakBitsPerSecond: number;
  /** VMAF against the source at the source's size, 0 to 100. */
  quality: number;
}

export interface ViewersMeasure<Rung extends MeasuredRung = MeasuredRung> {
  /** Mean over the bandwidths; a rung counts for at most `maxVisibleQuality`. */
  meanQuality: number;
  /** Mean delivered bitrate over the bandwidths. */
  meanBitsPerSecond: number;
  choices: { bandwidthBitsPerSecond: number; rung: Rung }[];
}

export interface LadderComparison {
  /** 0.3 means that 30 % fewer bits are delivered than by the other ladder. */
  bitsSavedShare: number;
  /** Mean quality minus the other ladder's. */
  qualityGain: number;
  /** Largest loss of quality at any bandwidth; 0 if there is none. */
  worstDrop: number;
  worstDropAtBitsPerSecond: number;
}

const minBandwidth = 250_000;
const maxBandwidth = 12_000_000;
const bandwidthCount = 40;
/** Share of a connection that players fill; the rest absorbs its fluctuations. */
const usableShare = 0.8;
/** VMAF above which viewers see no difference; other metrics have no such limit. */
const maxVisibleQuality = 95;

/** Bandwidths that a ladder is judged at, in bits per second, log-spaced as viewers' bandwidths are. */
export const judgedBandwidths: readonly number[] = Array.from(
  { length: bandwidthCount },
  (_, index) => minBandwidth * (maxBandwidth / minBandwidth) ** (index / (bandwidthCount - 1)),
);

/**
 * What viewers get from a ladder: at each bandwidth the rung with the highest peak that fits, because players
 * choose by the declared peak alone, or the rung with the lowest peak if none fits. Throws `RangeError` for a
 * ladder without rungs.
 */
export function viewersMeasure<Rung extends MeasuredRung>(
  rungs: readonly Rung[],
  maxQuality = maxVisibleQuality,
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
  const [lowest] = byPeak;
  if (lowest === undefined) throw new RangeError('a ladder without rungs cannot be judged');
  return byPeak.filter(({ peakBitsPerSecond }) => peakBitsPerSecond <= peakLimit).at(-1) ?? lowest;
}

export function compareLadders(
  ours: readonly MeasuredRung[],
  other: readonly MeasuredRung[],
  maxQuality = maxVisibleQuality,
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
