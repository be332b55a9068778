import type { TelemetryEvent } from '#web/telemetry/telemetry.js';

export interface PlaybackOptions {
  video: HTMLVideoElement;
  playlistUrl: string;
  /** Names the content in CMCD reports. */
  titleId: string;
  /** Position to start at, in seconds: where the previous attempt failed. */
  startSeconds: number;
  onTelemetry: (event: TelemetryEvent) => void;
}

/** The playback of a title in a `<video>` element, by hls.js or by the browser's own HLS. */
export interface Playback {
  /** False if only the browser can choose renditions. */
  readonly canChoose: boolean;
  /** Chooses a rendition by its index, or `auto`. Takes effect with the next segment, without a gap. */
  choose(choice: number | 'auto'): void;
  /** Loads the playlist again and goes on at the current position, playing or paused as before. */
  reload(): void;
  /** Releases the element and cancels all requests. */
  stop(): void;
}
