import type { JSX } from 'preact';
import type { TitleState } from '#core/contracts/title.js';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { describePreparation } from '#web/words/describe-title-state.js';
import { formatShare } from '#web/words/format-figures.js';

const steps: [TitleState, string][] = [
  ['uploading', 'Upload'],
  ['queued', 'Wait for a worker'],
  ['analysing', 'Analyse and plan'],
  ['playable', 'Play'],
];

/** Replaces the player until the title plays. Screen readers announce the heading, but not every percent. */
export function PreparationPanel({ title }: { title: TitleSummary }): JSX.Element | null {
  const preparation = describePreparation(title);
  if (!preparation) return null;
  const current = steps.findIndex(([state]) => state === title.state);
  return (
    <section class="stage preparation" aria-labelledby="preparation-heading">
      <div role="status">
        <h2 id="preparation-heading">{preparation.heading}</h2>
      </div>
      <p>{preparation.sentence}</p>
      <ol class="steps">
        {steps.map(([state, label], index) => (
          <li
            key={state}
            class={stepClass(index, current)}
            aria-current={index === current ? 'step' : undefined}
          >
            {label}
          </li>
        ))}
      </ol>
      <PreparationMeter title={title} />
    </section>
  );
}

/** Shown above the player while the rest of a playable title is being encoded. */
export function PreparationStrip({ title }: { title: TitleSummary }): JSX.Element | null {
  const preparation = describePreparation(title);
  if (!preparation) return null;
  return (
    <div class="strip">
      <p>{preparation.sentence}</p>
      <PreparationMeter title={title} />
    </div>
  );
}

function stepClass(index: number, current: number): string {
  if (index < current) return 'step step-done';
  return index === current ? 'step step-now' : 'step';
}

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
