import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan, VideoRange, VideoRung } from '#core/contracts/plan.js';
import { initFile, segmentFile, videoPrefix } from '#core/contracts/publication-layout.js';
import { segmentFrames } from '#core/contracts/segment-grid.js';
import type { RungQuality } from '#core/contracts/title-report.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { compareFilters } from '#workers/ffmpeg/compare-filters.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { runPaths, type SandboxedRun } from '#workers/ffmpeg/launcher.js';
import { runFfmpeg } from '#workers/ffmpeg/run-ffmpeg.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';
import { spanArguments } from '#workers/ffmpeg/span-arguments.js';
import { findSeek } from '#workers/source/find-seek.js';
import type { TaskContext } from '#workers/task-context.js';

export interface JudgedRendition {
  /** Of the segment, without its init segment. */
  bytes: number;
  quality: RungQuality;
}

/** One segment of a title in both ladders, beside the source; rungs by rendition id. */
export interface SegmentJudgement {
  segmentIndex: number;
  planned: ReadonlyMap<string, JudgedRendition>;
  fixed: ReadonlyMap<string, JudgedRendition>;
  cpuSeconds: number;
}

/** A report is nobody's playback: a place may take this long. */
const maxCpuSeconds = 1800;
/** Every n-th frame goes through libvmaf: the score hardly moves, the time does. */
const vmafFrameInterval = 4;
/** The source as rungs of one range show it: an HDR picture cannot be held beside an SDR one. */
const referenceName = (range: VideoRange): string => `reference-${range}.mkv`;

/** Encodes one segment of the source with the `fixed` rungs and judges it in both ladders, in the sandbox. */
export async function judgeSegment(
  context: TaskContext,
  plan: Plan,
  fixed: readonly VideoRung[],
  segmentIndex: number,
  sourcePath: string,
  signal: AbortSignal,
): Promise<SegmentJudgement> {
  return context.scratch.withFolder('report', async (folder) => {
    const segmentJudge = new SegmentJudge(context, plan, segmentIndex, folder, signal);
    await segmentJudge.encodeFixed(fixed, sourcePath);
    const planned = new Map<string, JudgedRendition>();
    for (const rung of plan.rungs)
      planned.set(rung.renditionId, await segmentJudge.judge(rung, await segmentJudge.fetch(rung)));
    const others = new Map<string, JudgedRendition>();
    for (const rung of fixed) others.set(rung.renditionId, await segmentJudge.judge(rung, fixedName(rung)));
    return {
      segmentIndex,
      planned,
      fixed: others,
      cpuSeconds: segmentJudge.cpuSeconds,
    };
  });
}

const fixedName = (rung: VideoRung): string => `fixed-${rung.renditionId}.mp4`;

class SegmentJudge {
  cpuSeconds = 0;

  constructor(
    private readonly context: TaskContext,
    private readonly plan: Plan,
    private readonly segmentIndex: number,
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The fixed rungs, and the segment's own frames without loss at the source's size, in each range of the title's rungs. */
  async encodeFixed(fixed: readonly VideoRung[], sourcePath: string): Promise<void> {
    const { plan, context } = this;
    const frames = segmentFrames(plan.grid, this.segmentIndex);
    const seek = await findSeek(context, plan, frames.first, sourcePath);
    const ranges = [...new Set([...fixed, ...plan.rungs].map(({ videoRange }) => videoRange))];
    const references = ranges.map((range) => referenceRung(plan, fixed, range));
    const args = spanArguments(plan, frames, [...fixed, ...references], seek);
    const count = frames.end - frames.first;
    const outputs = args.outputs.map((options, index) => {
      const rung = fixed[index];
      if (rung) return { name: fixedName(rung), options };
      const range = ranges[index - fixed.length] ?? 'SDR';
      return { name: referenceName(range), options: referenceOptions(index, range, count) };
    });
    await this.run(sourcePath, {
      options: [...args.input, ...inputArguments(plan.video.demuxer, context.inputLimits)],
      filterGraph: args.filterGraph,
      outputs,
    });
  }

  /** A published segment as a file of its own; its name in the folder. */
  async fetch(rung: VideoRung): Promise<string> {
    const prefix = videoPrefix(this.plan.publicationId, rung.renditionId);
    const objects = await Promise.all(
      [initFile, segmentFile(this.segmentIndex)].map((file) => this.context.store.read(prefix + file)),
    );
    const name = `planned-${rung.renditionId}.mp4`;
    await writeFile(join(this.folder, name), Buffer.concat(objects.map(({ bytes }) => bytes)));
    return name;
  }

  async judge(rung: VideoRung, name: string): Promise<JudgedRendition> {
    const scores = await this.compare(
      rung,
      name,
      this.context.sandbox.ffmpeg,
      [
        '[shown]split[shown1][shown2]',
        '[source]split[source1][source2]',
        '[shown1][source1]ssim[ssim]',
        '[ssim]nullsink',
        '[shown2][source2]psnr[out]',
      ].join(';'),
    );
    const { ssim, psnr } = scores;
    if (ssim === undefined || psnr === undefined)
      throw new Error(`segment ${this.segmentIndex} of ${rung.renditionId}: ffmpeg gave no SSIM or PSNR`);
    // VMAF's model has seen SDR alone.
    const vmafFfmpeg = rung.videoRange === 'SDR' ? this.context.vmafFfmpeg : undefined;
    const vmaf = vmafFfmpeg && (await this.measureVmaf(rung, name, vmafFfmpeg));
    const bytes = await segmentBytes(join(this.folder, name));
    return { bytes, quality: { ssim, psnr, ...(typeof vmaf === 'number' ? { vmaf } : {}) } };
  }

  private async measureVmaf(rung: VideoRung, name: string, program: string): Promise<number> {
    const filter = `[shown][source]libvmaf=n_subsample=${vmafFrameInterval}[out]`;
    try {
      const { vmaf } = await this.compare(rung, name, program, filter);
      if (vmaf !== undefined) return vmaf;
    } catch (error) {
      // Without libvmaf it ends by itself. Whatever else stops it is no fault of the setting.
      if (!(error instanceof FfmpegError) || error.code !== 'exited') throw error;
      throw noVmaf(program, error);
    }
    throw noVmaf(program);
  }

  private async compare(
    rung: VideoRung,
    name: string,
    program: string,
    filters: string,
  ): Promise<RunFigures['scores']> {
    const paths = runPaths(this.context.sandbox, this.sandboxed(undefined));
    const figures = await this.run(
      undefined,
      {
        options: ['-i', join(paths.output, referenceName(rung.videoRange))],
        input: join(paths.output, name),
        filterGraph: `${compareFilters(this.plan.video, rung)};${filters}`,
        outputs: [{ name: undefined, options: ['-map', '[out]', '-f', 'null'] }],
      },
      program,
    );
    return figures.scores;
  }

  private sandboxed(inputPath: string | undefined): SandboxedRun {
    return {
      program: 'ffmpeg',
      inputPath,
      outputDirectory: this.folder,
      limits: {
        cpuSeconds: maxCpuSeconds,
        addressSpaceBytes: this.context.memoryBytes,
        fileBytes: 16 * 2 ** 30,
      },
    };
  }

  private async run(
    inputPath: string | undefined,
    given: {
      options: string[];
      input?: string;
      filterGraph: string;
      outputs: { name: string | undefined; options: string[] }[];
    },
    program = this.context.sandbox.ffmpeg,
  ): Promise<RunFigures> {
    const sandbox = { ...this.context.sandbox, ffmpeg: program };
    const sandboxed = this.sandboxed(inputPath);
    const paths = runPaths(sandbox, sandboxed);
    const figures = await runFfmpeg(this.context.sharedLauncher, sandbox, {
      ...sandboxed,
      workingDirectory: this.folder,
      input: { path: given.input ?? paths.input, options: given.options },
      filterGraph: given.filterGraph,
      outputs: given.outputs.map(({ name, options }) => ({
        path: name === undefined ? '-' : join(paths.output, name),
        options,
      })),
      signal: this.signal,
    });
    this.cpuSeconds += figures.cpuSeconds;
    return figures;
  }
}

function noVmaf(program: string, cause?: FfmpegError): Error {
  const message = `MILLRACE_VMAF_FFMPEG of the worker names ${program}, which measures no VMAF: is it built with libvmaf?`;
  return new Error(message, { cause });
}

function referenceOptions(outputIndex: number, range: VideoRange, frameCount: number): string[] {
  // FFV1 for what has ten bits: not every libx264 does.
  const lossless = range === 'SDR' ? ['libx264', '-preset', 'ultrafast', '-qp', '0'] : ['ffv1'];
  return [
    ...['-map', `[v${outputIndex}]`, '-c:v', ...lossless],
    ...['-vsync', 'passthrough', '-frames:v', String(frameCount), '-f', 'matroska'],
  ];
}

/** The source's own size at full rate: a rung that only says how the picture is to be filtered. */
function referenceRung(
  { video, grid }: Plan,
  [first]: readonly VideoRung[],
  videoRange: VideoRange,
): VideoRung {
  if (!first) throw new RangeError('a fixed ladder without rungs');
  const { displayWidth: width, displayHeight: height } = video;
  return {
    ...first,
    renditionId: `h264-${height}-0`,
    videoRange,
    width,
    height,
    frameStep: 1,
    frameRate: grid.frameRate,
  };
}

async function segmentBytes(path: string): Promise<number> {
  const items = new FragmentSplitter().push(await readFile(path));
  return items.reduce((sum, item) => sum + (item.kind === 'fragment' ? item.bytes.length : 0), 0);
}
