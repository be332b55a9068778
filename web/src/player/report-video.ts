import type { Sample, TelemetryEvent } from '#web/telemetry/telemetry.js';

const sampleMs = 1_000;

/** What only the playing engine knows; undefined if it does not say. */
export type EngineRates = Pick<Sample, 'throughputBitsPerSecond' | 'renditionBitsPerSecond'>;

/**
 * Reports the first frame, each stall, and a sample every second, of any engine that plays into `video`. Call
 * it before loading starts, because it times the first frame. Returns a function that ends the reports.
 */
export function reportVideo(
  video: HTMLVideoElement,
  readRates: () => EngineRates,
  onTelemetry: (event: TelemetryEvent) => void,
): () => void {
  const startedAtMs = performance.now();
  const timer = setInterval(() => {
    const sample = {
      atMs: performance.now(),
      bufferSeconds: bufferedAheadSeconds(video),
      ...readRates(),
      ...countFrames(video),
    };
    onTelemetry({ type: 'sample', sample });
  }, sampleMs);
  const onFirstFrame = (): void =>
    onTelemetry({ type: 'first-frame', startupMs: performance.now() - startedAtMs });
  // `waiting` also fires while seeking and before the first frame; neither is a stall.
  const onWaiting = (): void => {
    if (!video.seeking && !video.paused && video.currentTime > 0 && !video.ended)
      onTelemetry({ type: 'stall' });
  };
  video.addEventListener('loadeddata', onFirstFrame, { once: true });
  video.addEventListener('waiting', onWaiting);
  return () => {
    clearInterval(timer);
    video.removeEventListener('loadeddata', onFirstFrame);
    video.removeEventListener('waiting', onWaiting);
  };
}

/** Returns the seconds of media buffered from the current position on. */
export function bufferedAheadSeconds(video: Pick<HTMLVideoElement, 'buffered' | 'currentTime'>): number {
  const { buffered, currentTime } = video;
  for (let index = 0; index < buffered.length; index += 1) {
    // A range may begin up to a frame late; 0.1 s covers that.
    if (buffered.start(index) <= currentTime + 0.1 && currentTime < buffered.end(index))
      return buffered.end(index) - currentTime;
  }
  return 0;
}

/** Old versions of Safari have no playback quality; both counts are then 0. */
function countFrames(video: HTMLVideoElement): Pick<Sample, 'droppedFrames' | 'shownFrames'> {
  const quality = video.getVideoPlaybackQuality?.();
  const droppedFrames = quality?.droppedVideoFrames ?? 0;
  return { droppedFrames, shownFrames: (quality?.totalVideoFrames ?? 0) - droppedFrames };
}
