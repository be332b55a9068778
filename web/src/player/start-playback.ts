import { nativeIsSupported, playNatively } from '#web/player/play-natively.js';
import { hlsIsSupported, playWithHls } from '#web/player/play-with-hls.js';
import type { Playback, PlaybackOptions } from '#web/player/playback.js';

/**
 * hls.js wherever it runs, because it can be watched and steered; else the browser's own player; else a clear
 * word.
 */
export function startPlayback(options: PlaybackOptions): Playback | undefined {
  if (hlsIsSupported()) return playWithHls(options);
  if (nativeIsSupported(options.video)) return playNatively(options);
  options.onTelemetry({
    type: 'fatal',
    trouble: {
      heading: 'This browser cannot play streamed film',
      sentence: 'It knows neither Media Source Extensions nor HLS. Any current browser does.',
      code: 'no-player',
      retryable: false,
    },
  });
  return undefined;
}
