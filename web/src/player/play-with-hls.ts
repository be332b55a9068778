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
import { bufferedAheadSeconds, frameCounts, onFirstFrame, onStall } from '#web/player/report-video.js';
import type { RenditionChoice, Sample } from '#web/telemetry/telemetry.js';
import { nameCodec } from '#web/words/name-codec.js';

const sampleMs = 1_000;
const maxBufferSeconds = 60;
/**
 * Decoder troubles that hls.js may cure by starting the decoder anew; a third in one attempt is not cured by
 * a fourth.
 */
const maxRecoveries = 2;
/**
 * A segment that is not encoded yet is encoded when asked for, which may take longer than the 10 s that
 * hls.js waits for a first byte.
 */
const firstByteMs = 20_000;

export function hlsIsSupported(): boolean {
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
  const timer = setInterval(() => {
    onTelemetry({ type: 'sample', sample: sampleOf(hls, video, hasMeasured) });
  }, sampleMs);
  const forgetFirstFrame = onFirstFrame(video, (startupMs) =>
    onTelemetry({ type: 'first-frame', startupMs }),
  );
  const forgetStalls = onStall(video, () => onTelemetry({ type: 'stall' }));
  hls.loadSource(options.playlistUrl);
  hls.attachMedia(video);
  return {
    canChoose: true,
    choose: (choice) => {
      hls.nextLevel = choice === 'auto' ? -1 : choice;
    },
    stop: () => {
      clearInterval(timer);
      forgetFirstFrame();
      forgetStalls();
      hls.destroy();
    },
  };
}

function configFor({ titleId, startSeconds }: PlaybackOptions): Partial<HlsConfig> {
  const { default: standard } = Hls.DefaultConfig.fragLoadPolicy;
  return {
    // A file of our own: the worker that hls.js builds from a string would need `blob:` in the page's
    // security policy.
    workerPath,
    startPosition: startSeconds > 0 ? startSeconds : -1,
    capLevelToPlayerSize: true,
    // hls.js would fill 60 MB ahead, minutes of a modest film that most viewers never reach.
    maxMaxBufferLength: maxBufferSeconds,
    fragLoadPolicy: { default: { ...standard, maxTimeToFirstByteMs: firstByteMs } },
    // CTA-5004 by query: delivery learns throughput and stalls from it; a query needs no CORS preflight.
    cmcd: { contentId: titleId, useHeaders: false },
  };
}

type Report = PlaybackOptions['onTelemetry'];

function reportRenditions(hls: Hls, onTelemetry: Report): void {
  const tell = (): void => onTelemetry({ type: 'renditions', renditions: hls.levels.map(describeLevel) });
  hls.on(Events.MANIFEST_PARSED, tell);
  hls.on(Events.LEVELS_UPDATED, tell);
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
    // The payload itself is with the worker by now, its length 0.
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

function sampleOf(hls: Hls, video: HTMLVideoElement, hasMeasured: boolean): Sample {
  // Before the first measurement hls.js answers with a default, which nobody measured.
  const estimate = hasMeasured ? hls.bandwidthEstimate : Number.NaN;
  const playing = hls.levels[hls.currentLevel];
  return {
    atMs: performance.now(),
    throughputBitsPerSecond: Number.isFinite(estimate) ? estimate : undefined,
    bufferSeconds: bufferedAheadSeconds(video),
    renditionBitsPerSecond: playing ? playing.averageBitrate || playing.maxBitrate : undefined,
    ...frameCounts(video),
  };
}
