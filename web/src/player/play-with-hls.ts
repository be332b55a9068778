import {
  type AudioTrackSwitchedData,
  type ErrorData,
  ErrorTypes,
  Events,
  type FragLoadedData,
  default as Hls,
  type HlsConfig,
  type Level,
  PlaylistLevelType,
  type SteeringManifestLoadedData,
} from 'hls.js';
import workerPath from 'hls.js/dist/hls.worker.js?url';
import { describeSegment } from '#web/player/describe-segment.js';
import { explainPlaybackError } from '#web/player/explain-playback-error.js';
import type { Playback, PlaybackOptions } from '#web/player/playback.js';
import { type EngineRates, reportVideo } from '#web/player/report-video.js';
import type { RenditionChoice } from '#web/telemetry/telemetry.js';
import { nameCodec } from '#web/words/name-codec.js';

const maxBufferSeconds = 60;
/** hls.js may recover from a decoder error by restarting the decoder. More than two attempts do not help. */
const maxRecoveries = 2;

export function isHlsSupported(): boolean {
  return Hls.isSupported();
}

export function playWithHls(options: PlaybackOptions): Playback {
  const { video, onTelemetry } = options;
  const hls = new Hls(configFor(options));
  onTelemetry({ type: 'started', engine: 'hls.js' });
  reportRenditions(hls, onTelemetry);
  reportSegments(hls, onTelemetry);
  recoverOrGiveUp(hls, onTelemetry);
  let hasMeasured = false;
  hls.once(Events.FRAG_LOADED, () => {
    hasMeasured = true;
  });
  const stopReports = reportVideo(video, () => readRates(hls, hasMeasured), onTelemetry);
  hls.loadSource(options.playlistUrl);
  hls.attachMedia(video);
  return {
    canChoose: true,
    choose: (choice) => {
      hls.nextLevel = choice === 'auto' ? -1 : choice;
    },
    reload: () => reloadSource(hls, options),
    stop: () => {
      stopReports();
      hls.destroy();
    },
  };
}

/**
 * Keeps the bandwidth estimate. hls.js replaces the media source, which pauses the element and resets its
 * position and its speed to the default one.
 */
function reloadSource(hls: Hls, { video, playlistUrl }: PlaybackOptions): void {
  const { paused, currentTime, playbackRate } = video;
  video.defaultPlaybackRate = playbackRate;
  holdFrame(video);
  hls.config.startPosition = currentTime;
  hls.loadSource(playlistUrl);
  // Rejects if the viewer pauses before playback has started.
  if (!paused) video.play().catch(() => undefined);
}

/** Shows the frame on screen as the poster until the video is loaded again: no black frame in between. */
function holdFrame(video: HTMLVideoElement): void {
  const { videoWidth, videoHeight, readyState } = video;
  if (readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
  const canvas = document.createElement('canvas');
  canvas.width = videoWidth;
  canvas.height = videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  video.poster = canvas.toDataURL('image/jpeg');
  video.addEventListener('loadeddata', () => video.removeAttribute('poster'), { once: true });
}

function configFor({ titleId, startSeconds }: PlaybackOptions): Partial<HlsConfig> {
  return {
    // A separate file: the worker that hls.js builds from a string needs `blob:` in the security policy.
    workerPath,
    startPosition: startSeconds > 0 ? startSeconds : -1,
    // Also spares a title that is being encoded the rungs that nobody would see.
    capLevelToPlayerSize: true,
    // By default hls.js buffers up to 60 MB: minutes of video that most viewers never reach.
    maxMaxBufferLength: maxBufferSeconds,
    // CTA-5004 in the query, which needs no CORS preflight. Delivery learns the throughput from it.
    cmcd: { contentId: titleId, useHeaders: false },
  };
}

type Report = PlaybackOptions['onTelemetry'];

function reportRenditions(hls: Hls, onTelemetry: Report): void {
  const report = (): void => onTelemetry({ type: 'renditions', renditions: hls.levels.map(describeLevel) });
  hls.on(Events.MANIFEST_PARSED, report);
  hls.on(Events.LEVELS_UPDATED, report);
  hls.on(Events.LEVEL_SWITCHED, (_, { level }) => onTelemetry({ type: 'rendition', index: level }));
  hls.on(Events.AUDIO_TRACK_SWITCHED, (_, track: AudioTrackSwitchedData) => {
    const codec = track.audioCodec ?? hls.levels[Math.max(hls.loadLevel, 0)]?.audioCodec ?? '';
    onTelemetry({ type: 'audio', name: track.name, codec: nameCodec(codec) });
  });
  hls.on(Events.STEERING_MANIFEST_LOADED, (_, { steeringManifest }: SteeringManifestLoadedData) => {
    onTelemetry({ type: 'steering', priority: steeringManifest['PATHWAY-PRIORITY'] });
  });
}

function describeLevel(level: Level, index: number): RenditionChoice {
  return {
    index,
    width: level.width,
    height: level.height,
    codec: nameCodec(level.videoCodec ?? ''),
    bitsPerSecond: level.averageBitrate || level.maxBitrate,
    framesPerSecond: level.frameRate,
  };
}

function reportSegments(hls: Hls, onTelemetry: Report): void {
  hls.on(Events.FRAG_LOADED, (_, { frag, networkDetails }: FragLoadedData) => {
    if (frag.sn === 'initSegment') return;
    // Not the payload's length, which is 0 here: the payload was transferred to the worker.
    const { loaded, loading } = frag.stats;
    const isAudio = frag.type === PlaylistLevelType.AUDIO;
    const segment = describeSegment({
      url: frag.url,
      headers: networkDetails instanceof XMLHttpRequest ? networkDetails.getAllResponseHeaders() : '',
      isAudio,
      bytes: loaded,
      elapsedMs: Math.max(loading.end - loading.start, 0),
      pathwayId: isAudio ? undefined : hls.levels[frag.level]?.pathwayId,
      atMs: performance.now(),
    });
    onTelemetry({ type: 'segment', segment });
  });
}

function recoverOrGiveUp(hls: Hls, onTelemetry: Report): void {
  let recoveries = 0;
  hls.on(Events.ERROR, (_, data: ErrorData) => {
    if (!data.fatal) return;
    if (data.type === ErrorTypes.MEDIA_ERROR && recoveries < maxRecoveries) {
      recoveries += 1;
      hls.recoverMediaError();
      return;
    }
    hls.stopLoad();
    onTelemetry({ type: 'fatal', trouble: explainPlaybackError(data) });
  });
}

function readRates(hls: Hls, hasMeasured: boolean): EngineRates {
  // Before the first measurement the estimate of hls.js is only its default.
  const estimate = hasMeasured ? hls.bandwidthEstimate : Number.NaN;
  const playing = hls.levels[hls.currentLevel];
  return {
    throughputBitsPerSecond: Number.isFinite(estimate) ? estimate : undefined,
    renditionBitsPerSecond: playing ? playing.averageBitrate || playing.maxBitrate : undefined,
  };
}
