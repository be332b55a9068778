import { dirname, join } from 'node:path';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { AudioRendition, Plan, SegmentGrid, SegmentRange } from '#core/contracts/plan.js';
import {
  audioFolder,
  initFile,
  parseSegmentPath,
  publicationPrefix,
} from '#core/contracts/publication-layout.js';
import {
  audioFrameCount,
  audioSegmentFrames,
  type FrameRange,
  gridSeconds,
  samplesPerAacFrame,
} from '#core/contracts/segment-grid.js';
import type { EncodeAudioTask } from '#core/contracts/task.js';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';
import {
  type AudioArguments,
  type AudioSource,
  audioArguments,
  audioSeekSeconds,
  audioSourceOf,
  gaplessAudioArguments,
  gaplessAudioFormat,
  gaplessAudioSource,
} from '#workers/ffmpeg/audio-arguments.js';
import type { EncodeRun } from '#workers/ffmpeg/ffmpeg.js';
import { cpuSecondsOf } from '#workers/ffmpeg/ffmpeg-error.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';
import type { PriorityOf } from '#workers/ffmpeg/run-priority.js';
import { AudioOutput, type AudioPart } from '#workers/segments/audio-output.js';
import type { EncodingContext } from '#workers/segments/encode-segments.js';
import { SerialRunner } from '#workers/segments/serial-runner.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/** Audio encodes at 50 to 100 times real time on one core. A run below this speed is ended. */
const minSpeed = 2;
const minCpuSeconds = 120;
/** Players start with these segments. Everything after them is made faster than it is played. */
const firstSegments = 3;
/**
 * AAC frames that a run in the middle encodes before and after its own, and drops: an encoder chooses the
 * windows of a frame by its neighbours, and the decoder adds the second half of the frame before. 170 ms.
 */
const neighbourFrames = 8;

/** The file that holds a source. */
interface AudioFile {
  path: string;
  demuxer: string;
}

type AudioFigures = Pick<RunFigures, 'cpuSeconds' | 'audioFormats'>;

/**
 * Encodes one audio rendition whole, in one continuous run, and stores segments as they appear. Resolves to
 * the CPU time used, seconds. AAC of one ffmpeg build is deterministic, so another attempt makes the bytes
 * that are stored already.
 */
export async function encodeAudio(
  context: TaskContext,
  task: EncodeAudioTask,
  attempt: Attempt,
): Promise<number> {
  const plan = await context.plans.read(task.publicationId);
  const rendition = plan.audio.find(({ renditionId }) => renditionId === task.renditionId);
  if (!rendition)
    throw new Error(`the plan of ${task.publicationId} has no audio rendition ${task.renditionId}`);
  return encodeAudioPart(
    context,
    { plan, rendition, firstSegment: 0, segmentCount: plan.grid.segmentCount },
    { signal: attempt.signal },
  );
}

/** Who decides about a run that encodes a part. */
export interface AudioRunOwner {
  signal: AbortSignal;
  /** Default: `normal` for the segments that players start with, then `background`. */
  priority?: PriorityOf;
  /** Ends the run in good order, if none of its segments is stored yet. */
  unwanted?: AbortSignal;
}

/**
 * Encodes consecutive segments of one audio rendition. The first ones get the same bytes as from
 * `encodeAudio`; later ones continue the same samples, so that both join without a gap. Stores none if the
 * track's format changes within them: the run of the whole rendition sees to that. Resolves to the CPU time
 * used, seconds.
 */
export async function encodeAudioPart(
  context: EncodingContext,
  part: AudioPart,
  owner: AudioRunOwner,
): Promise<number> {
  if (await isStored(context.store, part)) return 0;
  return new AudioEncode(context, part, owner).run();
}

/**
 * Demands store segments out of order, so every one of them counts. The init segment precedes them all, but
 * may have been lost since.
 */
async function isStored(store: ObjectStore, part: AudioPart): Promise<boolean> {
  const prefix = publicationPrefix(part.plan.publicationId);
  const folder = `${prefix}${audioFolder(part.rendition.renditionId)}/`;
  if (!(await store.head(`${folder}${initFile}`))) return false;
  let stored = 0;
  for await (const { key } of listAll(store, folder)) {
    const segmentIndex = parseSegmentPath(key.slice(prefix.length))?.segmentIndex ?? -1;
    if (segmentIndex >= part.firstSegment && segmentIndex < part.firstSegment + part.segmentCount)
      stored += 1;
  }
  return stored === part.segmentCount;
}

/** Frames that a run encodes: more than its segments have, so that its ends change nothing in them. */
function encodedFrames(
  grid: SegmentGrid,
  { firstSegment, segmentCount }: SegmentRange,
  sampleRate: number,
): FrameRange {
  const { first } = audioSegmentFrames(grid, firstSegment, sampleRate);
  const { end } = audioSegmentFrames(grid, firstSegment + segmentCount - 1, sampleRate);
  return {
    first: Math.max(0, first - neighbourFrames),
    end: Math.min(Math.max(audioFrameCount(grid, sampleRate), end), end + neighbourFrames),
  };
}

class AudioEncode {
  private cpuSeconds = 0;
  private isUnwanted = false;
  private readonly plan: Plan;
  private readonly rendition: AudioRendition;
  private readonly frames: FrameRange;
  private readonly isWhole: boolean;
  private readonly reachesEnd: boolean;

  constructor(
    private readonly context: EncodingContext,
    private readonly part: AudioPart,
    private readonly owner: AudioRunOwner,
  ) {
    const { plan, rendition, firstSegment, segmentCount } = part;
    this.plan = plan;
    this.rendition = rendition;
    this.frames = encodedFrames(plan.grid, part, rendition.sampleRate);
    this.isWhole = segmentCount === plan.grid.segmentCount;
    this.reachesEnd = firstSegment + segmentCount === plan.grid.segmentCount;
  }

  /** Resolves to the CPU time used, seconds. */
  async run(): Promise<number> {
    const { context, plan, rendition } = this;
    const source = audioSourceOf(plan, rendition);
    if (!source) await this.encode(undefined, undefined);
    else {
      const local = await context.store.openSource(plan.source.key, context.scratch.directory);
      try {
        await this.encodeTrack({ path: local.path, demuxer: plan.video.demuxer }, source);
      } finally {
        await local.release();
      }
    }
    return this.cpuSeconds;
  }

  /** Encodes directly; a track whose format changes midway is decoded to a file of one format first. */
  private async encodeTrack(file: AudioFile, source: AudioSource): Promise<void> {
    if ((await this.encode(file, source)) || !this.isWhole) return;
    if (source.channelTracks)
      throw new SourceRefusedError('codec', 'the format of a track that holds one channel changes midway');
    await this.context.scratch.withFolder('gapless', async (folder) => {
      const path = join(folder, `audio.${gaplessAudioFormat}`);
      const args = gaplessAudioArguments(this.plan.grid, source, this.rendition.sampleRate);
      const run = this.describeRun(file, args, path);
      const { cpuSeconds } = await this.context.ffmpeg.encode({
        ...run,
        priority: 'background',
        signal: this.owner.signal,
      });
      this.cpuSeconds += cpuSeconds;
      if (!(await this.encode({ path, demuxer: gaplessAudioFormat }, gaplessAudioSource)))
        throw new Error(`rendition ${this.rendition.renditionId}: the gapless audio changes its format`);
    });
  }

  /**
   * Encodes the rendition's segments from a source, or from silence without one. Resolves to false if the
   * track's format changes midway: audio after the change would be at the wrong time, so the run ends there
   * and stores none of it.
   */
  private async encode(file: AudioFile | undefined, source: AudioSource | undefined): Promise<boolean> {
    return this.context.scratch.withFolder('audio', async (folder) => {
      const path = join(folder, 'audio.mp4');
      const args = audioArguments(this.plan.grid, source, this.rendition, this.frames);
      const run = this.describeRun(file, args, path);
      const output = new AudioOutput(this.context, { ...this.part, firstFrame: this.frames.first }, path);
      try {
        // Every track has filters of its own, which start once.
        const { cpuSeconds, audioFormats } = await this.store(
          {
            ...run,
            priority:
              this.owner.priority ??
              (() => (output.storedSegments < firstSegments ? 'normal' : 'background')),
          },
          output,
          source?.channelTracks?.length ?? 1,
        );
        this.cpuSeconds += cpuSeconds;
        if (audioFormats > (source?.channelTracks?.length ?? 1)) return false;
        if (this.reachesEnd && !this.isUnwanted) await output.finish();
        return true;
      } finally {
        await output.close();
      }
    });
  }

  /**
   * Runs ffmpeg and stores its output meanwhile. Ends the run once it reports more than `maxFormats` formats.
   */
  private async store(
    run: Omit<EncodeRun, 'signal'>,
    output: AudioOutput,
    maxFormats: number,
  ): Promise<AudioFigures> {
    const stopped = new AbortController();
    const storing = new SerialRunner(
      () => output.storeNew(),
      () => stopped.abort(),
    );
    let audioFormats = 0;
    const endUnwanted = (): void => {
      if (output.storedSegments > 0) return;
      this.isUnwanted = true;
      stopped.abort();
    };
    this.owner.unwanted?.addEventListener('abort', endUnwanted, { once: true });
    if (this.owner.unwanted?.aborted) endUnwanted();
    const figures = await this.context.ffmpeg
      .encode({
        ...run,
        signal: AbortSignal.any([this.owner.signal, stopped.signal]),
        onProgress: (seconds, soFar) => {
          audioFormats = soFar.audioFormats;
          if (audioFormats > maxFormats) {
            stopped.abort();
            return;
          }
          output.trustUntil(seconds);
          storing.request();
        },
      })
      .catch(async (error: unknown) => {
        await storing.settle();
        if (this.owner.signal.aborted) throw error;
        if (audioFormats <= maxFormats && !this.isUnwanted) throw error;
        return { audioFormats, cpuSeconds: cpuSecondsOf(error) };
      })
      .finally(() => this.owner.unwanted?.removeEventListener('abort', endUnwanted));
    if (figures.audioFormats <= maxFormats && !this.isUnwanted) {
      output.trustUntil(Number.POSITIVE_INFINITY);
      storing.request();
    }
    await storing.settle();
    return figures;
  }

  private describeRun(
    file: AudioFile | undefined,
    { filterGraph, output, bytesPerSecond }: AudioArguments,
    path: string,
  ): Omit<EncodeRun, 'signal' | 'priority'> {
    const { first, end } = this.frames;
    const seconds = this.isWhole
      ? gridSeconds(this.plan.grid)
      : ((end - first) * samplesPerAacFrame) / this.rendition.sampleRate;
    const seek = audioSeekSeconds(this.plan, first, this.rendition.sampleRate);
    const seekOptions = seek === undefined ? [] : ['-noaccurate_seek', '-ss', seek.toFixed(6)];
    return {
      folder: dirname(path),
      inputs: [
        file
          ? { kind: 'source', ...file, options: [...seekOptions, '-copyts', '-vn', '-sn', '-dn'] }
          : {
              kind: 'generated',
              source: `anullsrc=channel_layout=stereo:sample_rate=${this.rendition.sampleRate}`,
            },
      ],
      graph: filterGraph,
      outputs: [{ path, options: output }],
      limits: {
        cpuSeconds: minCpuSeconds + seconds / minSpeed,
        fileBytes: Math.ceil(bytesPerSecond * (seconds + 60)),
      },
    };
  }
}
