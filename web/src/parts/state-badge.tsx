import type { JSX } from 'preact';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { describeTitleState } from '#web/words/describe-title-state.js';

export function StateBadge({ state }: { state: TitleSummary['state'] }): JSX.Element {
  const { badge, tone } = describeTitleState(state);
  return <span class={`badge badge-${tone}`}>{badge}</span>;
}
