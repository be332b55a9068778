import 'media-chrome/dist/media-controller.js';
import 'media-chrome/dist/media-control-bar.js';
import 'media-chrome/dist/media-fullscreen-button.js';
import 'media-chrome/dist/media-loading-indicator.js';
import 'media-chrome/dist/media-mute-button.js';
import 'media-chrome/dist/media-pip-button.js';
import 'media-chrome/dist/media-play-button.js';
import 'media-chrome/dist/media-playback-rate-button.js';
import 'media-chrome/dist/media-seek-backward-button.js';
import 'media-chrome/dist/media-seek-forward-button.js';
import 'media-chrome/dist/media-time-display.js';
import 'media-chrome/dist/media-time-range.js';
import 'media-chrome/dist/media-volume-range.js';
import type { JSX, RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { isNativeSupported, playNatively } from '#web/player/play-natively.js';
import { isHlsSupported, playWithHls } from '#web/player/play-with-hls.js';
import type { Playback, PlaybackOptions } from '#web/player/playback.js';
import type { TelemetryEvent } from '#web/telemetry/telemetry.js';

interface PlayerProps {
  name: string;
  titleId: string;
  playlistUrl: string;
  startSeconds: number;
  /** CSS `aspect-ratio`. */
  aspect: string;
  video: RefObject<HTMLVideoElement | null>;
  playback: { current: Playback | undefined };
  onTelemetry: (event: TelemetryEvent) => void;
}

/** The video with media-chrome's controls. Each mount is one attempt; a new `key` starts another. */
export function Player(props: PlayerProps): JSX.Element {
  const { video, playback, playlistUrl, titleId, startSeconds, onTelemetry } = props;
  useEffect(() => {
    if (!video.current) return undefined;
    const started = startPlayback({ video: video.current, playlistUrl, titleId, startSeconds, onTelemetry });
    playback.current = started;
    return () => {
      playback.current = undefined;
      started?.stop();
    };
  }, []);
  return (
    <media-controller
      class="stage player"
      style={{ '--aspect': props.aspect }}
      aria-label={`Player: ${props.name}`}
      nomutedpref
      novolumepref
    >
      <video ref={video} slot="media" playsInline preload="auto" crossOrigin="anonymous" />
      <media-loading-indicator slot="centered-chrome" noautohide />
      <Controls />
    </media-controller>
  );
}

function Controls(): JSX.Element {
  return (
    <>
      <media-control-bar class="control-line">
        <media-time-range />
      </media-control-bar>
      <media-control-bar>
        <media-play-button />
        <media-seek-backward-button class="roomy" seekoffset="10" />
        <media-seek-forward-button class="roomy" seekoffset="10" />
        <media-mute-button />
        <media-volume-range class="roomy" />
        <media-time-display showduration />
        <span class="control-space" />
        <media-playback-rate-button class="roomy" />
        <media-pip-button class="roomy" />
        <media-fullscreen-button />
      </media-control-bar>
    </>
  );
}

/** Prefers hls.js, which can be observed and steered, to the browser's own HLS. */
function startPlayback(options: PlaybackOptions): Playback | undefined {
  if (isHlsSupported()) return playWithHls(options);
  if (isNativeSupported(options.video)) return playNatively(options);
  options.onTelemetry({
    type: 'fatal',
    trouble: {
      heading: 'This browser cannot play streaming video',
      sentence: 'It supports neither Media Source Extensions nor HLS. Use a current browser.',
      code: 'no-player',
      retryable: false,
    },
  });
  return undefined;
}
