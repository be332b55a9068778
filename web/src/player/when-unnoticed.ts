import { bufferedAheadSeconds } from '#web/player/report-video.js';

/** A pause of this length is a rest, not a slip of the finger. */
const pauseMs = 1_500;

type WatchedVideo = EventTarget &
  Pick<HTMLVideoElement, 'paused' | 'ended' | 'seeking' | 'buffered' | 'currentTime'>;

/**
 * Calls `act` once, when reloading the video interrupts nobody: the viewer seeks to a position that is not
 * buffered, or playback is paused and stays so. Never at the end, where a reload would start again. Returns
 * a function that stops waiting.
 */
export function whenUnnoticed(video: WatchedVideo, act: () => void): () => void {
  const stopping = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    stopping.abort();
    clearTimeout(timer);
  };
  const actOnce = (): void => {
    stop();
    act();
  };
  const onSeeking = (): void => {
    if (bufferedAheadSeconds(video) === 0) actOnce();
  };
  const onPause = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (video.paused && !video.ended && !video.seeking) actOnce();
    }, pauseMs);
  };
  video.addEventListener('seeking', onSeeking, { signal: stopping.signal });
  video.addEventListener('pause', onPause, { signal: stopping.signal });
  if (video.paused) onPause();
  return stop;
}
