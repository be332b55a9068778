import type { JSX } from 'preact';
import type { TitleState } from '#core/contracts/title.js';
import { stateWords } from '#web/words/title-state.js';

export function StateBadge({ state }: { state: TitleState }): JSX.Element {
  const { badge, tone } = stateWords(state);
  return <span class={`badge badge-${tone}`}>{badge}</span>;
}
