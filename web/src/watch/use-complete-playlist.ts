import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import type { Playback } from '#web/player/playback.js';
import { whenUnnoticed } from '#web/player/when-unnoticed.js';

/** Delivery may answer with the playlist of the state before for about a second. */
const settleMs = 2_000;

interface Screened {
  state: TitleSummary['state'];
  /** Counts the attempts to play; each loads the playlist. */
  attempt: number;
  /**
   * A rendition that the viewer has chosen is one of the loaded playlist: it is not loaded again meanwhile.
   */
  isAuto: boolean;
  video: RefObject<HTMLVideoElement | null>;
  playback: { current: Playback | undefined };
}

/**
 * Loads the playlist again once the title is `ready`: while it was being encoded, the playlist had only the
 * renditions that came in time. Waits for a moment that interrupts nobody.
 */
export function useCompletePlaylist({ state, attempt, isAuto, video, playback }: Screened): void {
  const isComplete = useRef(false);
  useEffect(() => {
    isComplete.current = state === 'ready';
  }, [attempt]);
  useEffect(() => {
    if (isComplete.current || state !== 'ready' || !isAuto) return undefined;
    let stopWaiting: (() => void) | undefined;
    const timer = setTimeout(() => {
      if (!video.current) return;
      stopWaiting = whenUnnoticed(video.current, () => {
        isComplete.current = true;
        playback.current?.reload();
      });
    }, settleMs);
    return () => {
      clearTimeout(timer);
      stopWaiting?.();
    };
  }, [state, attempt, isAuto]);
}
