import type { JSX } from 'preact';
import { nameRenditions } from '#web/player/name-renditions.js';
import type { RenditionChoice } from '#web/telemetry/telemetry.js';

interface RenditionPickerProps {
  renditions: readonly RenditionChoice[];
  choice: number | 'auto';
  /** Index of the rendition on screen. */
  playing: number | undefined;
  /** True if only the browser can choose renditions. */
  byBrowser: boolean;
  onChoose: (choice: number | 'auto') => void;
}

export function RenditionPicker(props: RenditionPickerProps): JSX.Element {
  const { renditions, choice, playing, byBrowser, onChoose } = props;
  const named = nameRenditions(renditions);
  const now = named.find((each) => each.index === playing);
  return (
    <label class="picker">
      <span>Quality</span>
      <select
        value={String(choice)}
        disabled={byBrowser || renditions.length === 0}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChoose(value === 'auto' ? 'auto' : Number(value));
        }}
      >
        <option value="auto">
          {byBrowser ? 'Chosen by the browser' : `Auto${now && choice === 'auto' ? ` (${now.short})` : ''}`}
        </option>
        {named.map(({ index, name }) => (
          <option key={index} value={String(index)}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
