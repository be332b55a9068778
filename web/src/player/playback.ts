import type { TelemetryEvent } from '#web/telemetry/telemetry.js';

export interface PlaybackOptions {
  video: HTMLVideoElement;
  playlistUrl: string;
  /** Names the content in CMCD reports. */
  titleId: string;
  /** Seconds into the title at which to begin: where an attempt that failed had come to. */
  startSeconds: number;
  onTelemetry: (event: TelemetryEvent) => void;
}

/** A title being played into a `<video>`, by hls.js or by the browser itself. */
export interface Playback {
  /** False where the browser chooses renditions alone. */
  readonly canChoose: boolean;
  /** Index of a rendition, or `auto`. Takes effect from the next segment, without a gap. */
  choose(choice: number | 'auto'): void;
  /** Lets go of the video and of every request. */
  stop(): void;
}
