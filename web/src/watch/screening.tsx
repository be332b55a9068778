import type { JSX } from 'preact';
import { useReducer, useRef, useState } from 'preact/hooks';
import type { TitleSummary } from '#core/contracts/title-resource.js';
import { TroublePanel } from '#web/parts/trouble-panel.js';
import type { Playback } from '#web/player/playback.js';
import { Player } from '#web/player/player.js';
import { RenditionPicker } from '#web/player/rendition-picker.js';
import { SegmentTable } from '#web/telemetry/segment-table.js';
import { emptyTelemetry, reduceTelemetry } from '#web/telemetry/telemetry.js';
import { TelemetryChart } from '#web/telemetry/telemetry-chart.js';
import { TelemetryPanel } from '#web/telemetry/telemetry-panel.js';
import { playlistUrlOf, samePagePlaylistUrl } from '#web/titles/fetch-titles.js';
import { useCompletePlaylist } from '#web/watch/use-complete-playlist.js';

/** The player, its controls, and the details of playback. */
export function Screening({ title }: { title: TitleSummary }): JSX.Element {
  const [telemetry, report] = useReducer(reduceTelemetry, undefined, emptyTelemetry);
  const [attempt, setAttempt] = useState({ number: 1, startSeconds: 0 });
  const [choice, setChoice] = useState<number | 'auto'>('auto');
  const playback = useRef<Playback | undefined>(undefined);
  const video = useRef<HTMLVideoElement>(null);
  const publicUrl = playlistUrlOf(title, location.href);
  useCompletePlaylist({
    state: title.state,
    attempt: attempt.number,
    isAuto: choice === 'auto',
    video,
    playback,
  });

  const choose = (next: number | 'auto'): void => {
    setChoice(next);
    playback.current?.choose(next);
  };
  const tryAgain = (): void => {
    setChoice('auto');
    setAttempt(({ number }) => ({ number: number + 1, startSeconds: video.current?.currentTime ?? 0 }));
  };

  return (
    <div class="screening">
      <div class={telemetry.fatal && telemetry.startupMs === undefined ? 'screen screen-dark' : 'screen'}>
        {telemetry.fatal && <TroublePanel trouble={telemetry.fatal} onRetry={tryAgain} />}
        <Player
          key={attempt.number}
          name={title.name}
          titleId={title.titleId}
          playlistUrl={samePagePlaylistUrl(publicUrl, location.href)}
          startSeconds={attempt.startSeconds}
          aspect={aspectOf(title)}
          video={video}
          playback={playback}
          onTelemetry={report}
        />
        <div class="under-screen">
          <RenditionPicker
            renditions={telemetry.renditions}
            choice={choice}
            playing={telemetry.playing}
            byBrowser={telemetry.engine === 'native'}
            onChoose={choose}
          />
          <CopyAddress url={publicUrl} />
        </div>
      </div>
      <TelemetryPanel telemetry={telemetry} isAuto={choice === 'auto'} />
      <div class="traffic">
        <TelemetryChart samples={telemetry.samples} />
        <SegmentTable segments={telemetry.segments} outcomes={telemetry.outcomes} />
      </div>
    </div>
  );
}

/** `width / height` for CSS, so that the layout does not shift when the video loads. */
function aspectOf(title: TitleSummary): string {
  return title.width === undefined || title.height === undefined
    ? '16 / 9'
    : `${title.width} / ${title.height}`;
}

/** A button that copies the playlist's address, for any other HLS player. */
function CopyAddress({ url }: { url: string }): JSX.Element {
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
