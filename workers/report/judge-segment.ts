import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncodeTarget, Plan, VideoRange, VideoRung } from '#core/contracts/plan.js';
import { initFile, segmentFile, videoPrefix } from '#core/contracts/publication-layout.js';
import { segmentFrames } from '#core/contracts/segment-grid.js';
import type { RungQuality } from '#core/contracts/title-report.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { compareFilters } from '#workers/ffmpeg/compare-filters.js';
import type { EncodeRun, Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import type { QualityScores, RunFigures } from '#workers/ffmpeg/run-log.js';
import { type FrameShape, spanArguments, spanGraph } from '#workers/ffmpeg/span-arguments.js';
import type { Scratch } from '#workers/scratch/scratch.js';
import { findSeek } from '#workers/source/find-seek.js';

/** What judging needs of a worker. */
export interface JudgingContext {
  ffmpeg: Ffmpeg;
  scratch: Scratch;
  store: ObjectStore;
}

/** An encode target with the name that reports know it by. */
export type JudgedTarget = EncodeTarget & Pick<VideoRung, 'renditionId'>;

interface JudgedRendition {
  /** Of the segment, without its init segment. */
  bytes: number;
  quality: RungQuality;
}

/** Quality of one segment in both ladders, against the source. Keyed by rendition id. */
export interface SegmentJudgement {
  segmentIndex: number;
  planned: ReadonlyMap<string, JudgedRendition>;
  fixed: ReadonlyMap<string, JudgedRendition>;
  cpuSeconds: number;
}

/** No player waits for a report, so one run may take this long. */
const maxCpuSeconds = 1800;
const maxFileBytes = 16 * 2 ** 30;
/** libvmaf scores every n-th frame: that changes the score very little and the time a lot. */
const vmafFrameInterval = 4;

/** Encodes one segment of the source with the `fixed` targets and judges it in both ladders. */
export async function judgeSegment(
  context: JudgingContext,
  {
    plan,
    fixed,
    segmentIndex,
    sourcePath,
  }: { plan: Plan; fixed: readonly JudgedTarget[]; segmentIndex: number; sourcePath: string },
  signal: AbortSignal,
): Promise<SegmentJudgement> {
  return context.scratch.withFolder('report', async (folder) => {
    const judge = new SegmentJudge(context, plan, segmentIndex, folder, signal);
    await judge.encodeFixed(fixed, sourcePath);
    const inPlan = new Map<string, JudgedRendition>();
    for (const rung of plan.rungs)
      inPlan.set(rung.renditionId, await judge.judge(rung, await judge.fetchPublished(rung)));
    const inFixed = new Map<string, JudgedRendition>();
    for (const target of fixed)
      inFixed.set(target.renditionId, await judge.judge(target, judge.fixedPath(target)));
    return { segmentIndex, planned: inPlan, fixed: inFixed, cpuSeconds: judge.cpuSeconds };
  });
}

class SegmentJudge {
  cpuSeconds = 0;

  constructor(
    private readonly context: JudgingContext,
    private readonly plan: Plan,
    private readonly segmentIndex: number,
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  fixedPath({ renditionId }: JudgedTarget): string {
    return join(this.folder, `fixed-${renditionId}.mp4`);
  }

  /**
   * Encodes the fixed targets and, for each range that any rung has, a reference: the segment's own frames,
   * lossless, at the source's size. An HDR rung cannot be compared with an SDR reference.
   */
  async encodeFixed(fixed: readonly JudgedTarget[], sourcePath: string): Promise<void> {
    const { plan } = this;
    const frames = segmentFrames(plan.grid, this.segmentIndex);
    const seek = await findSeek(this.context.ffmpeg, plan, {
      firstFrame: frames.first,
      inputPath: sourcePath,
      priority: 'background',
    });
    const references = [...new Set([...fixed, ...plan.rungs].map(({ videoRange }) => videoRange))];
    const { input, outputs } = spanArguments(plan, frames, fixed, seek);
    await this.run({
      inputs: [{ kind: 'source', path: sourcePath, demuxer: plan.video.demuxer, options: input }],
      graph: spanGraph(plan, frames, [...fixed, ...references.map((range) => this.referenceShape(range))]),
      outputs: [
        ...fixed.map((target, index) => ({ path: this.fixedPath(target), options: outputs[index] ?? [] })),
        ...references.map((range, index) => ({
          path: this.referencePath(range),
          options: referenceOptions(fixed.length + index, range, frames.end - frames.first),
        })),
      ],
    });
  }

  /** Writes a published segment, with its init segment, to a file and returns its path. */
  async fetchPublished({ renditionId }: VideoRung): Promise<string> {
    const prefix = videoPrefix(this.plan.publicationId, renditionId);
    const objects = await Promise.all(
      [initFile, segmentFile(this.segmentIndex)].map((file) => this.context.store.read(prefix + file)),
    );
    const path = join(this.folder, `planned-${renditionId}.mp4`);
    await writeFile(path, Buffer.concat(objects.map(({ bytes }) => bytes)));
    return path;
  }

  async judge(target: JudgedTarget, path: string): Promise<JudgedRendition> {
    const { ssim, psnr } = await this.compare(
      target,
      path,
      'encode',
      [
        '[shown]split[shown1][shown2]',
        '[source]split[source1][source2]',
        '[shown1][source1]ssim[ssim]',
        '[ssim]nullsink',
        '[shown2][source2]psnr[out]',
      ].join(';'),
    );
    if (ssim === undefined || psnr === undefined)
      throw new Error(`segment ${this.segmentIndex} of ${target.renditionId}: ffmpeg gave no SSIM or PSNR`);
    // VMAF's model was trained on SDR alone.
    const { vmafProgram } = this.context.ffmpeg;
    const isScored = target.videoRange === 'SDR' && vmafProgram !== undefined;
    const vmaf = isScored ? await this.measureVmaf(target, path, vmafProgram) : undefined;
    const bytes = await segmentBytes(path);
    return { bytes, quality: { ssim, psnr, ...(vmaf === undefined ? {} : { vmaf }) } };
  }

  private async measureVmaf(target: JudgedTarget, path: string, vmafProgram: string): Promise<number> {
    const filter = `[shown][source]libvmaf=n_subsample=${vmafFrameInterval}[out]`;
    try {
      const { vmaf } = await this.compare(target, path, 'vmaf', filter);
      if (vmaf !== undefined) return vmaf;
    } catch (error) {
      // An ffmpeg without libvmaf exits by itself. Other failures are not the setting's fault.
      if (!(error instanceof FfmpegError) || error.code !== 'exited') throw error;
      throw noVmaf(vmafProgram, error);
    }
    throw noVmaf(vmafProgram);
  }

  private async compare(
    target: JudgedTarget,
    path: string,
    program: NonNullable<EncodeRun['program']>,
    filters: string,
  ): Promise<QualityScores> {
    const { scores } = await this.run({
      program,
      inputs: [
        { kind: 'file', path: this.referencePath(target.videoRange) },
        { kind: 'file', path },
      ],
      graph: `${compareFilters(this.plan.video, target)};${filters}`,
      outputs: [{ path: undefined, options: ['-map', '[out]', '-f', 'null'] }],
    });
    return scores;
  }

  private async run(run: Pick<EncodeRun, 'program' | 'inputs' | 'graph' | 'outputs'>): Promise<RunFigures> {
    const figures = await this.context.ffmpeg.encode({
      ...run,
      priority: 'background',
      folder: this.folder,
      limits: { cpuSeconds: maxCpuSeconds, fileBytes: maxFileBytes },
      signal: this.signal,
    });
    this.cpuSeconds += figures.cpuSeconds;
    return figures;
  }

  private referencePath(range: VideoRange): string {
    return join(this.folder, `reference-${range}.mkv`);
  }

  /** Every frame at the source's own size. */
  private referenceShape(videoRange: VideoRange): FrameShape {
    const { displayWidth: width, displayHeight: height } = this.plan.video;
    return { width, height, frameStep: 1, videoRange };
  }
}

function noVmaf(program: string, cause?: FfmpegError): Error {
  const message = `the worker's MILLRACE_VMAF_FFMPEG names ${program}, which measures no VMAF: is it built with libvmaf?`;
  return new Error(message, { cause });
}

function referenceOptions(outputIndex: number, range: VideoRange, frameCount: number): string[] {
  // FFV1 for ten bits: not every build of libx264 encodes them.
  const lossless = range === 'SDR' ? ['libx264', '-preset', 'ultrafast', '-qp', '0'] : ['ffv1'];
  return [
    ...['-map', `[v${outputIndex}]`, '-c:v', ...lossless],
    ...['-vsync', 'passthrough', '-frames:v', String(frameCount), '-f', 'matroska'],
  ];
}

async function segmentBytes(path: string): Promise<number> {
  const items = new FragmentSplitter().push(await readFile(path));
  return items.reduce((sum, item) => sum + (item.kind === 'fragment' ? item.bytes.length : 0), 0);
}
