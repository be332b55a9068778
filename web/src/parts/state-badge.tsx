import type { JSX } from 'preact';
import type { TitleState } from '#core/contracts/title.js';
import { describeTitleState } from '#web/words/describe-title-state.js';

export function StateBadge({ state }: { state: TitleState }): JSX.Element {
  const { badge, tone } = describeTitleState(state);
  return <span class={`badge badge-${tone}`}>{badge}</span>;
}
