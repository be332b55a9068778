/** Seconds of media ready to play from the current position on. */
export function bufferedAheadSeconds(video: Pick<HTMLVideoElement, 'buffered' | 'currentTime'>): number {
  const { buffered, currentTime } = video;
  for (let index = 0; index < buffered.length; index += 1) {
    // Ranges may begin a frame late; a tenth of a second bridges that.
    if (buffered.start(index) <= currentTime + 0.1 && currentTime < buffered.end(index))
      return buffered.end(index) - currentTime;
  }
  return 0;
}

export function frameCounts(video: HTMLVideoElement): { droppedFrames: number; shownFrames: number } {
  // Old Safari knows no playback quality; zeros then say nothing wrong.
  const quality = video.getVideoPlaybackQuality?.();
  const droppedFrames = quality?.droppedVideoFrames ?? 0;
  return { droppedFrames, shownFrames: (quality?.totalVideoFrames ?? 0) - droppedFrames };
}

/** Calls back once, with the milliseconds from now to the first frame. Returns how to stop listening. */
export function onFirstFrame(video: HTMLVideoElement, callback: (elapsedMs: number) => void): () => void {
  const beganAt = performance.now();
  const listener = (): void => callback(performance.now() - beganAt);
  video.addEventListener('loadeddata', listener, { once: true });
  return () => video.removeEventListener('loadeddata', listener);
}

/** Counts waits for data after playback began; a seek is not a stall. */
export function onStall(video: HTMLVideoElement, callback: () => void): () => void {
  const listener = (): void => {
    if (!video.seeking && !video.paused && video.currentTime > 0 && !video.ended) callback();
  };
  video.addEventListener('waiting', listener);
  return () => video.removeEventListener('waiting', listener);
}
