import type { Playback, PlaybackOptions } from '#web/player/playback.js';
import { bufferedAheadSeconds, frameCounts, onFirstFrame, onStall } from '#web/player/report-video.js';
import type { Trouble } from '#web/words/trouble.js';

const sampleMs = 1_000;

export function nativeIsSupported(video: HTMLVideoElement): boolean {
  return video.canPlayType('application/vnd.apple.mpegurl') !== '';
}

/** Safari where hls.js cannot run: the browser fetches and chooses by itself and tells little of it. */
export function playNatively(options: PlaybackOptions): Playback {
  const { video, onTelemetry } = options;
  onTelemetry({ type: 'started', engine: 'native' });
  const timer = setInterval(() => {
    const sample = {
      atMs: performance.now(),
      throughputBitsPerSecond: undefined,
      bufferSeconds: bufferedAheadSeconds(video),
      renditionBitsPerSecond: undefined,
      ...frameCounts(video),
    };
    onTelemetry({ type: 'sample', sample });
  }, sampleMs);
  const seekToStart = (): void => {
    if (options.startSeconds > 0) video.currentTime = options.startSeconds;
  };
  const giveUp = (): void => onTelemetry({ type: 'fatal', trouble: troubleOfMedia(video.error) });
  video.addEventListener('loadedmetadata', seekToStart, { once: true });
  video.addEventListener('error', giveUp);
  const forgetFirstFrame = onFirstFrame(video, (startupMs) =>
    onTelemetry({ type: 'first-frame', startupMs }),
  );
  const forgetStalls = onStall(video, () => onTelemetry({ type: 'stall' }));
  video.src = options.playlistUrl;
  return {
    canChoose: false,
    choose: () => undefined,
    stop: () => {
      clearInterval(timer);
      video.removeEventListener('loadedmetadata', seekToStart);
      video.removeEventListener('error', giveUp);
      forgetFirstFrame();
      forgetStalls();
      video.removeAttribute('src');
      video.load();
    },
  };
}

function troubleOfMedia(error: MediaError | null): Trouble {
  return {
    heading: 'The player had to stop',
    sentence: error?.message || 'The browser could not load or decode the film.',
    code: `media-error-${error?.code ?? 0}`,
    retryable: true,
  };
}
