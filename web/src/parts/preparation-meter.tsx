import type { JSX } from 'preact';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { describePreparation } from '#web/words/describe-preparation.js';
import { formatShare } from '#web/words/format-share.js';

/** A progress bar of the work on a title. Shows nothing for a finished title. */
export function PreparationMeter({ title }: { title: TitleSummary }): JSX.Element | null {
  const preparation = describePreparation(title);
  if (!preparation) return null;
  const { segmentsStored, segmentsTotal } = title.progress;
  if (preparation.share === undefined)
    return <progress class="meter" aria-label={preparation.heading} max={1} />;
  return (
    <div class="meter-row">
      <progress class="meter" aria-label={`${title.name}: encoded`} max={1} value={preparation.share} />
      <span class="meter-figure">{formatShare(segmentsStored, segmentsTotal)}</span>
    </div>
  );
}
