import type { Playback, PlaybackOptions } from '#web/player/playback.js';
import { reportVideo } from '#web/player/report-video.js';
import type { Trouble } from '#web/words/trouble.js';

export function isNativeSupported(video: HTMLVideoElement): boolean {
  return video.canPlayType('application/vnd.apple.mpegurl') !== '';
}

/** Plays with the browser's own HLS, for Safari without hls.js. It reports neither rates nor renditions. */
export function playNatively(options: PlaybackOptions): Playback {
  const { video, onTelemetry } = options;
  onTelemetry({ type: 'started', engine: 'native' });
  const noRates = { throughputBitsPerSecond: undefined, renditionBitsPerSecond: undefined };
  const stopReports = reportVideo(video, () => noRates, onTelemetry);
  const seekToStart = (): void => {
    if (options.startSeconds > 0) video.currentTime = options.startSeconds;
  };
  const giveUp = (): void => onTelemetry({ type: 'fatal', trouble: explainMediaError(video.error) });
  video.addEventListener('loadedmetadata', seekToStart, { once: true });
  video.addEventListener('error', giveUp);
  video.src = options.playlistUrl;
  return {
    canChoose: false,
    choose: () => undefined,
    reload: () => {
      const { currentTime, paused, playbackRate } = video;
      video.defaultPlaybackRate = playbackRate;
      video.addEventListener('loadedmetadata', () => (video.currentTime = currentTime), { once: true });
      video.src = options.playlistUrl;
      if (!paused) video.play().catch(() => undefined);
    },
    stop: () => {
      stopReports();
      video.removeEventListener('loadedmetadata', seekToStart);
      video.removeEventListener('error', giveUp);
      video.removeAttribute('src');
      video.load();
    },
  };
}

function explainMediaError(error: MediaError | null): Trouble {
  return {
    heading: 'Playback stopped',
    sentence: error?.message || 'The browser could not load or decode the video.',
    code: `media-error-${error?.code ?? 0}`,
    retryable: true,
  };
}
