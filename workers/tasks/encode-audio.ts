import { join } from 'node:path';
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
import { FragmentSplitter } from '#core/isobmff/split-fragments.js';
import { writeAudioFragment } from '#core/isobmff/write-audio-fragment.js';
import { audioArguments, primingFrames } from '#workers/ffmpeg/audio-arguments.js';
import { inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { runPaths, type SandboxedRun } from '#workers/ffmpeg/launcher.js';
import { runFfmpeg } from '#workers/ffmpeg/run-ffmpeg.js';
import type { Attempt, TaskContext } from '#workers/task-context.js';
import { FollowedFile } from '#workers/tasks/follow-file.js';
import { putOnce } from '#workers/tasks/put-once.js';
import { SerialRunner } from '#workers/tasks/serial.js';

/** Sound runs at some 50 to 100 times real time on one core; this is slow enough for any machine. */
const slowestSpeed = 2;
const leastSeconds = 120;

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
  const source =
    rendition.streamIndex === null
      ? undefined
      : await context.store.openSource(plan.source.key, context.scratch.sources);
  const failed = new AbortController();
  const output = new AudioOutput(context, plan, rendition, join(folder, 'audio.mp4'));
  const look = new SerialRunner(
    () => output.storeNew(),
    () => failed.abort(),
  );
  try {
    const figures = await runFfmpeg(context.sharedLauncher, context.sandbox, {
      ...audioRun(context, plan, rendition, source?.path, folder),
      signal: AbortSignal.any([attempt.signal, failed.signal]),
      onProgress: () => look.request(),
    }).catch(async (error: unknown) => {
      await look.settle();
      throw error;
    });
    look.request();
    await look.settle();
    await output.finish();
    return figures.cpuSeconds;
  } finally {
    await output.close();
    await source?.release();
  }
}

function audioRun(
  context: TaskContext,
  plan: Plan,
  rendition: AudioRendition,
  inputPath: string | undefined,
  folder: string,
): Parameters<typeof runFfmpeg>[2] {
  const seconds = leastSeconds + gridSeconds(plan.grid) / slowestSpeed;
  const sandboxed: SandboxedRun = {
    program: 'ffmpeg',
    inputPath,
    outputDirectory: folder,
    limits: {
      cpuSeconds: seconds,
      addressSpaceBytes: context.memoryBytes,
      fileBytes: Math.ceil(rendition.bitsPerSecond * (gridSeconds(plan.grid) + 60)),
    },
  };
  const paths = runPaths(context.sandbox, sandboxed);
  const args = audioArguments(plan, rendition);
  return {
    ...sandboxed,
    workingDirectory: folder,
    input:
      inputPath === undefined
        ? {
            path: `anullsrc=channel_layout=stereo:sample_rate=${rendition.sampleRate}`,
            options: ['-f', 'lavfi'],
          }
        : {
            path: paths.input,
            options: [
              '-copyts',
              '-vn',
              '-sn',
              '-dn',
              ...inputArguments(plan.picture.demuxer, context.inputLimits),
            ],
          },
    filterGraph: args.filterGraph,
    outputs: [{ path: join(paths.output, 'audio.mp4'), options: args.output }],
    deadlineSeconds: seconds,
  };
}

/** ffmpeg's growing output: AAC frames, regrouped into the grid's segments. */
class AudioOutput {
  private readonly file: FollowedFile;
  private readonly splitter = new FragmentSplitter();
  private readonly frames: Buffer[] = [];
  private framesSeen = 0;
  private segmentIndex = 0;

  constructor(
    private readonly context: TaskContext,
    private readonly plan: Plan,
    private readonly rendition: AudioRendition,
    path: string,
  ) {
    this.file = new FollowedFile(path);
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
      await this.storeComplete();
    }
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
      if (!enough) return;
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
