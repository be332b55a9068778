import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

/** A button that copies the playlist's address, for any other HLS player. */
export function CopyAddress({ url }: { url: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
    } catch {
      // Pages on plain HTTP have no clipboard. The prompt lets people copy the address by hand.
      window.prompt('Copy the address of the playlist', url);
    }
  };
  return (
    <button type="button" class="button button-quiet" onClick={() => void copy()}>
      <span role="status">{copied ? 'Address copied' : 'Copy playlist address'}</span>
    </button>
  );
}
