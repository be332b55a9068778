import { dirname, join } from 'node:path';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { AudioRendition, Plan, SegmentGrid } from '#core/contracts/plan.js';
import { audioFolder, publicationPrefix, segmentFile } from '#core/contracts/publication-layout.js';
import { gridSeconds } from '#core/contracts/segment-grid.js';
import type { EncodeAudioTask } from '#core/contracts/task.js';
import {
  type AudioArguments,
  type AudioSource,
  audioArguments,
  audioSourceOf,
  gaplessAudioArguments,
  gaplessAudioFormat,
  gaplessAudioSource,
} from '#workers/ffmpeg/audio-arguments.js';
import type { EncodeRun } from '#workers/ffmpeg/ffmpeg.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';
import { AudioOutput, type AudioStart } from '#workers/segments/audio-output.js';
import { SerialRunner } from '#workers/segments/serial-runner.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/** Audio encodes at 50 to 100 times real time on one core. A run below this speed is ended. */
const minSpeed = 2;
const minCpuSeconds = 120;
/** Players start with these segments. Everything after them is made faster than it is played. */
const firstSegments = 3;

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
  return encodeAudioStart(context, { plan, rendition, segmentCount: plan.grid.segmentCount }, attempt.signal);
}

/**
 * Encodes the first segments of one audio rendition as `encodeAudio` does, so that both make the same bytes.
 * Stores none if the track's format changes within them: the run of the whole rendition sees to that.
 */
export async function encodeAudioStart(
  context: TaskContext,
  start: AudioStart,
  signal: AbortSignal,
): Promise<number> {
  const { plan, rendition, segmentCount } = start;
  const folder = `${publicationPrefix(plan.publicationId)}${audioFolder(rendition.renditionId)}/`;
  // Segments are stored in order, so the last one proves the others.
  if (await context.store.head(`${folder}${segmentFile(segmentCount - 1)}`)) return 0;
  return new AudioEncode(context, start, signal).run();
}

/**
 * The grid that audio is encoded for. One segment more than wanted, so that the end of the run changes
 * nothing in those that are stored.
 */
function startGrid(grid: SegmentGrid, wantedSegments: number): SegmentGrid {
  const segmentCount = wantedSegments + 1;
  if (segmentCount >= grid.segmentCount) return grid;
  return { ...grid, segmentCount, frameCount: segmentCount * grid.segmentFrames };
}

class AudioEncode {
  private cpuSeconds = 0;
  private readonly plan: Plan;
  private readonly rendition: AudioRendition;
  private readonly grid: SegmentGrid;
  private readonly isWhole: boolean;

  constructor(
    private readonly context: TaskContext,
    private readonly start: AudioStart,
    private readonly signal: AbortSignal,
  ) {
    const { plan, rendition, segmentCount } = start;
    this.plan = plan;
    this.rendition = rendition;
    this.grid = startGrid(plan.grid, segmentCount);
    this.isWhole = segmentCount === plan.grid.segmentCount;
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
      const args = gaplessAudioArguments(this.grid, source, this.rendition.sampleRate);
      const run = this.describeRun(file, args, path);
      const { cpuSeconds } = await this.context.ffmpeg.encode({
        ...run,
        priority: 'background',
        signal: this.signal,
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
      const run = this.describeRun(file, audioArguments(this.grid, source, this.rendition), path);
      const output = new AudioOutput(this.context, this.start, path);
      try {
        // Every track has filters of its own, which start once.
        const { cpuSeconds, audioFormats } = await this.store(
          {
            ...run,
            priority: () => (output.storedSegments < firstSegments ? 'normal' : 'background'),
          },
          output,
          source?.channelTracks?.length ?? 1,
        );
        this.cpuSeconds += cpuSeconds;
        if (audioFormats > (source?.channelTracks?.length ?? 1)) return false;
        if (this.isWhole) await output.finish();
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
    let changed: AudioFigures | undefined;
    const figures = await this.context.ffmpeg
      .encode({
        ...run,
        signal: AbortSignal.any([this.signal, stopped.signal]),
        onProgress: (seconds, soFar) => {
          if (soFar.audioFormats > maxFormats) {
            changed = soFar;
            stopped.abort();
            return;
          }
          output.trustUntil(seconds);
          storing.request();
        },
      })
      .catch(async (error: unknown) => {
        await storing.settle();
        if (changed && !this.signal.aborted) return changed;
        throw error;
      });
    if (figures.audioFormats <= maxFormats) {
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
    const seconds = gridSeconds(this.grid);
    return {
      folder: dirname(path),
      inputs: [
        file
          ? { kind: 'source', ...file, options: ['-copyts', '-vn', '-sn', '-dn'] }
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
