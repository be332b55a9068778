import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

/** Gives the playlist's address away, for any other HLS player. */
export function CopyAddress({ url }: { url: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
    } catch {
      // Pages on plain HTTP have no clipboard: the prompt lets people copy by hand.
      window.prompt('The playlist’s address', url);
    }
  };
  return (
    <button type="button" class="button button-quiet" onClick={() => void copy()}>
      <span role="status">{copied ? 'Address copied' : 'Copy playlist address'}</span>
    </button>
  );
}
