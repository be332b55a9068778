import { dirname, join } from 'node:path';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { AudioRendition, Plan } from '#core/contracts/plan.js';
import {
  audioFolder,
  contentTypeOf,
  initFile,
  publicationPrefix,
  segmentFile,
} from '#core/contracts/publication-layout.js';
import {
  audioFrameCount,
  audioSegmentFrames,
  gridSeconds,
  samplesPerAacFrame,
} from '#core/contracts/segment-grid.js';
import type { EncodeAudioTask } from '#core/contracts/task.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { writeAudioFragment } from '#core/isobmff/write-audio-fragment.js';
import { putOnce } from '#core/storage/put-once.js';
import {
  type AudioArguments,
  audioArguments,
  gaplessAudioArguments,
  gaplessAudioFormat,
  gaplessAudioGapSeconds,
  primingFrames,
} from '#workers/ffmpeg/audio-arguments.js';
import type { EncodeRun } from '#workers/ffmpeg/ffmpeg.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';
import { FollowedFile } from '#workers/segments/followed-file.js';
import { SerialRunner } from '#workers/segments/serial-runner.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/** Sound runs at some 50 to 100 times real time on one core; this is slow enough for any machine. */
const slowestSpeed = 2;
const minSeconds = 120;

/**
 * Encodes one audio rendition whole, in one continuous run, storing segments as they appear. Resolves to the CPU time used,
 * seconds. AAC is deterministic for one build of ffmpeg, so a second attempt makes the same bytes; those stored stay.
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
  const last = `${folderOf(plan, rendition)}${segmentFile(plan.grid.segmentCount - 1)}`;
  // Segments are stored in order, so the last one stands for all.
  if (await context.store.head(last)) return 0;
  return context.scratch.withFolder('audio', (folder) => runAudio(context, plan, rendition, attempt, folder));
}

const folderOf = (plan: Plan, rendition: AudioRendition): string =>
  `${publicationPrefix(plan.publicationId)}${audioFolder(rendition.renditionId)}/`;

async function runAudio(
  context: TaskContext,
  plan: Plan,
  rendition: AudioRendition,
  attempt: Attempt,
  folder: string,
): Promise<number> {
  const { streamIndex } = rendition;
  if (streamIndex === null)
    return (await encodeFrom(context, plan, rendition, attempt, folder, undefined)).cpuSeconds;
  const source = await context.store.openSource(plan.source.key, context.scratch.sources);
  try {
    const audio = { path: source.path, demuxer: plan.video.demuxer };
    const direct = await encodeFrom(context, plan, rendition, attempt, folder, audio);
    if (direct.audioFormats <= tracksOf(rendition)) return direct.cpuSeconds;
    return await context.scratch.withFolder('sound', async (evenFolder) => {
      const track = { ...rendition, streamIndex };
      const { path, cpuSeconds } = await makeEven(context, plan, track, attempt, evenFolder, audio);
      const again = await encodeFrom(
        context,
        { ...plan, video: { ...plan.video, originSeconds: 0 } },
        { ...rendition, streamIndex: 0, mix: 'all' },
        attempt,
        folder,
        { path, demuxer: gaplessAudioFormat, minGapSeconds: gaplessAudioGapSeconds },
      );
      return direct.cpuSeconds + cpuSeconds + again.cpuSeconds;
    });
  } finally {
    await source.release();
  }
}

interface AudioInput {
  path: string;
  demuxer: string;
  minGapSeconds?: number;
}

/** Each has filters of its own, which begin once. */
const tracksOf = ({ channelTracks }: AudioRendition): number => channelTracks?.length ?? 1;

/**
 * One run to the rendition's segments; of silence where there is no input. Ends early where the track's format changes
 * (`soundFormats` above the tracks'): what comes after that is at the wrong time, and is not stored.
 */
async function encodeFrom(
  context: TaskContext,
  plan: Plan,
  rendition: AudioRendition,
  attempt: Attempt,
  folder: string,
  input: AudioInput | undefined,
): Promise<Pick<RunFigures, 'cpuSeconds' | 'audioFormats'>> {
  const stopped = new AbortController();
  const output = new AudioOutput(context, plan, rendition, join(folder, 'audio.mp4'));
  const storing = new SerialRunner(
    () => output.storeNew(),
    () => stopped.abort(),
  );
  let changed: RunFigures | undefined;
  try {
    const run = audioRun(plan, rendition, input, {
      path: join(folder, 'audio.mp4'),
      ...audioArguments(plan, rendition, input?.minGapSeconds),
    });
    const figures = await context.ffmpeg
      .encode({
        ...run,
        signal: AbortSignal.any([attempt.signal, stopped.signal]),
        onProgress: (seconds, soFar) => {
          if (soFar.audioFormats > tracksOf(rendition)) {
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
        if (changed && !attempt.signal.aborted) return changed;
        throw error;
      });
    if (figures.audioFormats > tracksOf(rendition)) {
      await storing.settle();
      return figures;
    }
    output.trustUntil(Number.POSITIVE_INFINITY);
    storing.request();
    await storing.settle();
    await output.finish();
    return figures;
  } finally {
    await output.close();
  }
}

/** The track as PCM of one format. Resolves to the file, in `folder`, and the CPU time used, seconds. */
async function makeEven(
  context: TaskContext,
  plan: Plan,
  rendition: AudioRendition & { streamIndex: number },
  attempt: Attempt,
  folder: string,
  input: AudioInput,
): Promise<{ path: string; cpuSeconds: number }> {
  const path = join(folder, `sound.${gaplessAudioFormat}`);
  const run = audioRun(plan, rendition, input, { path, ...gaplessAudioArguments(plan, rendition) });
  const { cpuSeconds } = await context.ffmpeg.encode({
    ...run,
    signal: attempt.signal,
  });
  return { path, cpuSeconds };
}

function audioRun(
  plan: Plan,
  rendition: AudioRendition,
  input: AudioInput | undefined,
  output: AudioArguments & { path: string },
): Omit<EncodeRun, 'signal'> {
  const seconds = minSeconds + gridSeconds(plan.grid) / slowestSpeed;
  return {
    folder: dirname(output.path),
    inputs: [
      input === undefined
        ? { kind: 'generated', source: `anullsrc=channel_layout=stereo:sample_rate=${rendition.sampleRate}` }
        : {
            kind: 'source',
            path: input.path,
            demuxer: input.demuxer,
            options: ['-copyts', '-vn', '-sn', '-dn'],
          },
    ],
    graph: output.filterGraph,
    outputs: [{ path: output.path, options: output.output }],
    limits: {
      cpuSeconds: seconds,
      fileBytes: Math.ceil(output.bytesPerSecond * (gridSeconds(plan.grid) + 60)),
    },
  };
}

/** ffmpeg's growing output: AAC frames, regrouped into the grid's segments. */
class AudioOutput {
  private readonly file: FollowedFile;
  private readonly splitter = new FragmentSplitter();
  private readonly frames: Buffer[] = [];
  private framesSeen = 0;
  private segmentIndex = 0;
  private trustedSeconds = 0;

  constructor(
    private readonly context: TaskContext,
    private readonly plan: Plan,
    private readonly rendition: AudioRendition,
    path: string,
  ) {
    this.file = new FollowedFile(path);
  }

  /** What is written beyond this may be wrong: ffmpeg has not yet said how it came about. */
  trustUntil(seconds: number): void {
    this.trustedSeconds = seconds;
  }

  async storeNew(): Promise<void> {
    for await (const chunk of this.file.read()) {
      for (const item of this.splitter.push(chunk)) {
        if (item.kind === 'init') {
          const key = `${folderOf(this.plan, this.rendition)}${initFile}`;
          await putOnce(this.context.store, key, item.bytes, contentTypeOf(key));
          continue;
        }
        let offset = item.dataOffset;
        for (const sample of item.samples) {
          this.take(item.bytes.subarray(offset, offset + sample.bytes));
          offset += sample.bytes;
        }
      }
    }
    await this.storeComplete();
  }

  /** Ends the last segment, which the encoder may have left a frame short of the grid. */
  async finish(): Promise<void> {
    const wanted = audioFrameCount(this.plan.grid, this.rendition.sampleRate);
    const missing = wanted - (this.framesSeen - primingFrames);
    if (this.framesSeen <= primingFrames || missing > 1) {
      throw new SourceRefusedError(
        'corrupt',
        `sound track ${this.rendition.streamIndex}: ${missing} AAC frames did not come`,
      );
    }
    await this.storeComplete(true);
    if (this.segmentIndex < this.plan.grid.segmentCount) {
      throw new SourceRefusedError('corrupt', `the sound ends in segment ${this.segmentIndex}`);
    }
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** The first frame is the encoder's priming: dropped, so that sound is where it was recorded and not 21 ms late. */
  private take(frame: Buffer): void {
    this.framesSeen += 1;
    if (this.framesSeen > primingFrames) this.frames.push(Buffer.from(frame));
  }

  private async storeComplete(atEnd = false): Promise<void> {
    const { grid } = this.plan;
    while (this.segmentIndex < grid.segmentCount) {
      const range = audioSegmentFrames(grid, this.segmentIndex, this.rendition.sampleRate);
      const wanted = range.end - range.first;
      const isLast = this.segmentIndex === grid.segmentCount - 1;
      const enough = this.frames.length >= wanted || (atEnd && isLast && this.frames.length > 0);
      const isTrusted = (range.end * samplesPerAacFrame) / this.rendition.sampleRate <= this.trustedSeconds;
      if (!enough || !isTrusted) return;
      await this.store(range.first, this.frames.splice(0, wanted));
    }
  }

  private async store(firstFrame: number, frames: Buffer[]): Promise<void> {
    const path = `${audioFolder(this.rendition.renditionId)}/${segmentFile(this.segmentIndex)}`;
    const bytes = writeAudioFragment({
      sequenceNumber: this.segmentIndex + 1,
      tfdt: firstFrame * samplesPerAacFrame,
      samplesPerFrame: samplesPerAacFrame,
      frames,
    });
    await putOnce(
      this.context.store,
      publicationPrefix(this.plan.publicationId) + path,
      bytes,
      contentTypeOf(path),
    );
    this.segmentIndex += 1;
    await this.context.progress.segmentStored(this.plan, path);
  }
}
