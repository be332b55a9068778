import { join } from 'node:path';
import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Plan, Span, VideoRung } from '#core/contracts/plan.js';
import {
  contentTypeOf,
  initFile,
  publicationPrefix,
  segmentFile,
  spanFactsFile,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { type FrameRange, frameSeconds, segmentFrames } from '#core/contracts/segment-grid.js';
import type { SegmentFacts } from '#core/contracts/span-facts.js';
import type { EncodeSpanTask } from '#core/contracts/task.js';
import { readInit } from '#core/isobmff/read-init.js';
import { FragmentSplitter } from '#core/isobmff/split-fragments.js';
import { withEditList } from '#core/isobmff/with-edit-list.js';
import { withHdrBoxes } from '#core/isobmff/with-hdr-boxes.js';
import { encodeMemoryBytes, encodeRuns } from '#workers/ffmpeg/encode-memory.js';
import { inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { runPaths, type SandboxedRun } from '#workers/ffmpeg/launcher.js';
import { runFfmpeg } from '#workers/ffmpeg/run-ffmpeg.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';
import { spanArguments } from '#workers/ffmpeg/span-arguments.js';
import type { Attempt, RunThreads, TaskContext } from '#workers/task-context.js';
import {
  type AssembledSegment,
  SegmentAssembler,
  SegmentMismatchError,
} from '#workers/tasks/assemble-segments.js';
import { findSeek } from '#workers/tasks/find-seek.js';
import { FollowedFile } from '#workers/tasks/follow-file.js';
import { putOnce } from '#workers/tasks/put-once.js';
import { readStoredFacts } from '#workers/tasks/read-stored-facts.js';
import { SerialRunner } from '#workers/tasks/serial.js';

/** CPU seconds a frame of one megapixel may take at most, all rungs of a slow preset included; 50 times what is usual. */
const cpuSecondsPerMegapixelFrame = 3;
const leastCpuSeconds = 120;

/**
 * Encodes one span for a set of rungs, in one ffmpeg run unless they need the memory of several, and stores each segment
 * as soon as it is complete. Segments and rungs that an earlier attempt or a waiting player's demand has stored are left as
 * they are. Resolves to the CPU time used, seconds.
 */
export async function encodeSpan(
  context: TaskContext,
  task: EncodeSpanTask,
  attempt: Attempt,
): Promise<number> {
  const plan = await context.plans.read(task.publicationId);
  const rungs = plan.rungs.filter((rung) => task.renditionIds.includes(rung.renditionId));
  const missing = await missingRungs(context, plan, rungs, task.span);
  let cpuSeconds = 0;
  for (const together of encodeRuns(missing)) {
    cpuSeconds += await context.scratch.withFolder('span', (folder) =>
      runSpan(context, plan, task, together, attempt, folder),
    );
  }
  // A demand is a part of a span that some other task will answer for.
  if (task.demand !== true) await storeFacts(context, plan, task.span, rungs);
  return cpuSeconds;
}

const folderOf = (plan: Plan, rung: Pick<VideoRung, 'renditionId'>): string =>
  `${publicationPrefix(plan.publicationId)}${videoFolder(rung.renditionId)}/`;

async function missingRungs(
  context: TaskContext,
  plan: Plan,
  rungs: readonly VideoRung[],
  span: Omit<Span, 'spanIndex'>,
): Promise<VideoRung[]> {
  const missing = await Promise.all(
    rungs.map(async (rung) => {
      const first = `${folderOf(plan, rung)}${segmentFile(span.firstSegment)}`;
      const { objects } = await context.store.list(folderOf(plan, rung), {
        // `after` is exclusive, so it names what sorts right before the first segment.
        after: first.slice(0, -1),
        limit: span.segmentCount,
      });
      const stored = new Set(objects.map(({ key }) => key));
      const wanted = Array.from(
        { length: span.segmentCount },
        (_, index) => `${folderOf(plan, rung)}${segmentFile(span.firstSegment + index)}`,
      );
      const init = await context.store.head(`${folderOf(plan, rung)}${initFile}`);
      return init && wanted.every((key) => stored.has(key)) ? undefined : rung;
    }),
  );
  return missing.filter((rung) => rung !== undefined);
}

async function runSpan(
  context: TaskContext,
  plan: Plan,
  task: EncodeSpanTask,
  rungs: readonly VideoRung[],
  attempt: Attempt,
  folder: string,
): Promise<number> {
  const { span } = task;
  const source = await context.store.openSource(plan.source.key, context.scratch.sources);
  const failed = new AbortController();
  const outputs = rungs.map(
    (rung) => new RungOutput(context, plan, span, rung, join(folder, `${rung.renditionId}.mp4`)),
  );
  const look = new SerialRunner(
    async () => {
      for (const output of outputs) await output.storeNew();
    },
    () => failed.abort(),
  );
  try {
    const run = await spanRun(context, plan, task, rungs, source.path, folder);
    const figures = await runFfmpeg(context.sharedLauncher, context.sandbox, {
      ...run,
      signal: AbortSignal.any([attempt.signal, failed.signal]),
      onProgress: () => look.request(),
    }).catch(async (error: unknown) => {
      // What stopped ffmpeg may be our own refusal of its output: that is the error to report.
      await look.settle();
      throw error;
    });
    look.request();
    await look.settle();
    for (const output of outputs) output.checkComplete(figures);
    checkDamage(figures, plan, spanFrames(plan, span));
    return figures.cpuSeconds;
  } finally {
    await Promise.all(outputs.map((output) => output.close()));
    await source.release();
  }
}

/** More of a span's frames, and of a short title's, may not be lost to damage: the one before them stands in their place. */
const mostLostShare = 0.25;
/** A recording's glitches are shorter; whoever sees them still sees the film. */
const mostLostSeconds = 10;
/** Fewer say nothing: the first ones may come late. */
const fewFrames = 50;

/** A film that stands still for long is not what was uploaded; pauses of a film that is whole are. */
function checkDamage(
  { videoFramesDecoded, damages }: RunFigures,
  { grid, picture }: Plan,
  frames: FrameRange,
): void {
  const seconds = frameSeconds(grid, frames.end - frames.first);
  const expected = Math.round(seconds * picture.averageFramesPerSecond);
  if (damages === 0 || expected < fewFrames) return;
  const lost = expected - videoFramesDecoded;
  const lostSeconds = lost / picture.averageFramesPerSecond;
  const accepted = Math.min(mostLostSeconds, frameSeconds(grid, grid.frameCount) * mostLostShare);
  if (lost <= expected * mostLostShare || lostSeconds <= accepted) return;
  const from = frameSeconds(grid, frames.first);
  throw new SourceRefusedError(
    'corrupt',
    `of ${expected} frames from ${from.toFixed(1)} s to ${(from + seconds).toFixed(1)} s, ${videoFramesDecoded} can be decoded`,
  );
}

async function spanRun(
  context: TaskContext,
  plan: Plan,
  task: EncodeSpanTask,
  rungs: readonly VideoRung[],
  inputPath: string,
  folder: string,
): Promise<Parameters<typeof runFfmpeg>[2]> {
  const frames = spanFrames(plan, task.span);
  const threads = ['-threads', String(threadsOf(context.threads, plan, task))];
  const seek = await findSeek(context, plan, frames.first, inputPath);
  const args = spanArguments(plan, frames, rungs, seek);
  const seconds = frameSeconds(plan.grid, frames.end - frames.first);
  const megapixels = (plan.picture.codedWidth * plan.picture.codedHeight) / 1e6;
  const cpuSeconds =
    leastCpuSeconds + (frames.end - frames.first) * Math.max(0.3, megapixels) * cpuSecondsPerMegapixelFrame;
  const sandboxed: SandboxedRun = {
    program: 'ffmpeg',
    inputPath,
    outputDirectory: folder,
    limits: {
      cpuSeconds,
      addressSpaceBytes: encodeMemoryBytes(context.memoryBytes, rungs),
      fileBytes: Math.ceil(Math.max(...rungs.map((rung) => rung.capBitsPerSecond)) * (seconds + 60)),
    },
  };
  const paths = runPaths(context.sandbox, sandboxed);
  return {
    ...sandboxed,
    workingDirectory: folder,
    input: {
      path: paths.input,
      options: [
        ...args.input,
        ...threads,
        ...['-filter_complex_threads', threads[1] ?? '1'],
        ...inputArguments(plan.picture.demuxer, context.inputLimits),
      ],
    },
    filterGraph: args.filterGraph,
    outputs: rungs.map((rung, index) => ({
      path: join(paths.output, `${rung.renditionId}.mp4`),
      options: [...(args.outputs[index] ?? []), ...threads],
    })),
  };
}

/**
 * Slots that all work fill the machine with `perSlot` threads each, which costs least: threads of one encoder wait for each
 * other. A title's last spans have no others behind them to fill the cores, and a waiting player's demand comes first.
 */
function threadsOf({ perSlot, most }: RunThreads, plan: Plan, { span, demand }: EncodeSpanTask): number {
  const spansAfter = plan.spans.filter(({ firstSegment }) => firstSegment > span.firstSegment).length;
  return demand === true || spansAfter < most / perSlot ? most : perSlot;
}

function spanFrames(plan: Plan, span: Span): FrameRange {
  return {
    first: segmentFrames(plan.grid, span.firstSegment).first,
    end: segmentFrames(plan.grid, span.firstSegment + span.segmentCount - 1).end,
  };
}

/** One rung's growing output file: cut into segments, checked, stored. */
class RungOutput {
  private readonly file: FollowedFile;
  private readonly splitter = new FragmentSplitter();
  private readonly assembler: SegmentAssembler;
  private init: Buffer | undefined;
  private initStored = false;

  constructor(
    private readonly context: TaskContext,
    private readonly plan: Plan,
    private readonly span: Span,
    private readonly rung: VideoRung,
    path: string,
  ) {
    this.file = new FollowedFile(path);
    this.assembler = new SegmentAssembler(plan.grid, rung, span);
  }

  async storeNew(): Promise<void> {
    for await (const chunk of this.file.read()) {
      for (const item of this.splitter.push(chunk)) {
        if (item.kind === 'init') {
          this.init = item.bytes;
          continue;
        }
        if (!this.initStored) await this.storeInit(item.firstCompositionOffset);
        const segment = this.assembler.push(item);
        if (segment) await this.storeSegment(segment);
      }
    }
  }

  checkComplete(figures: RunFigures): void {
    const missing = this.assembler.missingFrames();
    if (missing === 0) return;
    const where = `${missing} frames of span ${this.span.firstSegment}+${this.span.segmentCount} did not come`;
    if (figures.videoFramesDecoded === 0)
      throw new SourceRefusedError('corrupt', `nothing could be decoded: ${where}`);
    throw new SourceRefusedError('truncated', `the picture ends early: ${where}`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /**
   * The init segment, with an edit list that takes the encoder's reordering delay back: without it the picture is shown
   * a frame or two late. It must be the same whichever span it comes from.
   */
  private async storeInit(compositionOffset: number): Promise<void> {
    if (!this.init)
      throw new SegmentMismatchError(`rendition ${this.rung.renditionId}: no init segment came`);
    const hdrMetadata = this.rung.videoRange === 'PQ' ? this.plan.picture.hdrMetadata : undefined;
    const init = withHdrBoxes(withEditList(this.init, compositionOffset), hdrMetadata);
    const { codecString } = readInit(init);
    if (codecString !== this.rung.codecString) {
      throw new SegmentMismatchError(
        `rendition ${this.rung.renditionId}: the encoder wrote ${codecString}, the plan declares ${this.rung.codecString}`,
      );
    }
    const key = `${folderOf(this.plan, this.rung)}${initFile}`;
    if (!(await putOnce(this.context.store, key, init, contentTypeOf(key)))) {
      const stored = await this.context.store.read(key);
      if (!stored.bytes.equals(init)) {
        throw new SegmentMismatchError(
          `rendition ${this.rung.renditionId}: the init segment differs from the stored one: an encoder of another version or setting`,
        );
      }
    }
    this.initStored = true;
  }

  private async storeSegment(segment: AssembledSegment): Promise<void> {
    const path = `${videoFolder(this.rung.renditionId)}/${segmentFile(segment.segmentIndex)}`;
    await putOnce(
      this.context.store,
      publicationPrefix(this.plan.publicationId) + path,
      segment.bytes,
      contentTypeOf(path),
    );
    await this.context.progress.segmentStored(this.plan, path);
  }
}

/** Facts come from what is stored, not from what this attempt made: another attempt's segment may be the one that won. */
async function storeFacts(
  context: TaskContext,
  plan: Plan,
  span: Span,
  rungs: readonly VideoRung[],
): Promise<void> {
  await Promise.all(
    rungs.map(async (rung) => {
      const facts: SegmentFacts[] = [];
      for (let index = span.firstSegment; index < span.firstSegment + span.segmentCount; index += 1) {
        const { bytes } = await context.store.read(`${folderOf(plan, rung)}${segmentFile(index)}`);
        facts.push(readStoredFacts(bytes, plan.grid, rung, index));
      }
      const key = `${folderOf(plan, rung)}${spanFactsFile(span.spanIndex)}`;
      await putOnce(context.store, key, Buffer.from(JSON.stringify(facts)), 'application/json');
    }),
  );
}
