import type { Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import { measurementSchema } from '#core/contracts/plan.js';
import {
  measurementKey,
  quickSegmentPrefix,
  reportKey,
  videoPrefix,
} from '#core/contracts/publication-layout.js';
import { frameSeconds, videoSegmentSeconds } from '#core/contracts/segment-grid.js';
import type { MakeReportTask } from '#core/contracts/task.js';
import { type RungQuality, type TitleReport, titleReportSchema } from '#core/contracts/title-report.js';
import { measureBitrates } from '#core/hls/measure-bitrates.js';
import { readJson } from '#core/storage/json-document.js';
import { listAll } from '#core/storage/object-store.js';
import { putOnce } from '#core/storage/put-once.js';
import { ladderPresets } from '#planning/ladder/ladder-presets.js';
import { planFixedLadder } from '#planning/ladder/plan-fixed-ladder.js';
import { compareLadders, type MeasuredRung, viewersMeasure } from '#planning/ladder/viewers-measure.js';
import { judgeSegment, type SegmentJudgement } from '#workers/report/judge-segment.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/** Limit on judged segments, which are spread over the title. */
const maxJudgedSegments = 5;
/** Unlike VMAF, SSIM has no value above which viewers see no difference. */
const maxSsim = 100;

/**
 * Compares a ready title's ladder with the fixed one: encodes a few segments with the fixed ladder, and
 * compares the segments of both with the source. Resolves to the CPU time used, seconds.
 */
export async function makeReport(
  context: TaskContext,
  task: MakeReportTask,
  attempt: Attempt,
): Promise<number> {
  const key = reportKey(task.publicationId);
  if (await context.store.head(key)) return 0;
  const plan = await context.plans.read(task.publicationId);
  const measurement = await readJson(context.store, measurementKey(task.publicationId), measurementSchema);
  const fixed = planFixedLadder(plan.video, plan.grid.frameRate, presetOf(plan));
  const source = await context.store.openSource(plan.source.key, context.scratch.directory);
  const judgements: SegmentJudgement[] = [];
  try {
    for (const segmentIndex of judgedSegments(plan.grid.segmentCount))
      judgements.push(
        await judgeSegment(context, { plan, fixed, segmentIndex, sourcePath: source.path }, attempt.signal),
      );
  } finally {
    await source.release();
  }
  const metric = context.ffmpeg.vmafProgram === undefined ? 'ssim' : 'vmaf';
  const assembled = assembleReport(plan, measurement, fixed, judgements, metric);
  const rungs = await Promise.all(
    assembled.rungs.map(async (rung) => ({
      ...rung,
      ...quickFigures(rung, judgements, plan.grid.segmentCount, await listQuick(context, plan, rung)),
    })),
  );
  const report = titleReportSchema.parse({ ...assembled, rungs });
  await putOnce(context.store, key, Buffer.from(JSON.stringify(report)), 'application/json');
  return judgements.reduce((sum, judged) => sum + judged.cpuSeconds, 0);
}

/** Lists the segments of a rung that were encoded quickly because somebody waited for them. */
async function listQuick(
  { store }: Pick<TaskContext, 'store'>,
  { publicationId }: Plan,
  { renditionId }: Pick<VideoRung, 'renditionId'>,
): Promise<ReadonlySet<number>> {
  const prefix = `${videoPrefix(publicationId, renditionId)}${quickSegmentPrefix}`;
  const quick = new Set<number>();
  for await (const { key } of listAll(store, prefix)) quick.add(Number(key.slice(prefix.length)));
  return quick;
}

/** The share of a rung's quick segments, and the mean quality of those that were judged. */
export function quickFigures(
  { renditionId }: Pick<VideoRung, 'renditionId'>,
  judgements: readonly Pick<SegmentJudgement, 'segmentIndex' | 'planned'>[],
  segmentCount: number,
  quick: ReadonlySet<number>,
): Pick<TitleReport['rungs'][number], 'quickShare' | 'quickQuality'> {
  const judged = judgements.filter(({ segmentIndex }) => quick.has(segmentIndex));
  const quickQuality = meanQuality(judged.map(({ planned }) => planned.get(renditionId)?.quality));
  return { quickShare: Math.min(1, quick.size / segmentCount), ...(quickQuality ? { quickQuality } : {}) };
}

function presetOf(plan: Plan): string {
  return (
    plan.rungs.find(({ codec }) => codec === 'h264')?.encoderPreset ??
    ladderPresets.standard.h264.encoderPreset
  );
}

/** Divides the title into equal parts and takes the segment in the middle of each. */
export function judgedSegments(segmentCount: number): number[] {
  const count = Math.min(maxJudgedSegments, segmentCount);
  return Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * segmentCount) / count));
}

function assembleReport(
  plan: Plan,
  measurement: Measurement,
  fixed: readonly VideoRung[],
  judgements: readonly SegmentJudgement[],
  metric: TitleReport['metric'],
): TitleReport {
  const quality = (ladder: 'planned' | 'fixed', renditionId: string): RungQuality | undefined =>
    meanQuality(judgements.map((judged) => judged[ladder].get(renditionId)?.quality));
  const rungs = plan.rungs.map((rung) => ({
    ...shown(rung, quality('planned', rung.renditionId)),
    ...ratesOf(measurement, rung),
    crf: rung.crf,
  }));
  const fixedRungs = fixed.map((rung) => ({
    ...shown(rung, quality('fixed', rung.renditionId)),
    ...fixedRates(plan, rung, judgements),
  }));
  return {
    schemaVersion: 1,
    titleId: plan.titleId,
    publicationId: plan.publicationId,
    createdAt: new Date().toISOString(),
    metric,
    judgedSegments: judgements.map(({ segmentIndex }) => segmentIndex),
    rungs,
    omittedRungs: plan.omittedRungs,
    fixedLadder: fixedRungs,
    viewersMeasure: compare(
      rungs.filter(({ codec }) => codec === 'h264'),
      fixedRungs,
      metric,
    ),
  };
}

function shown(rung: VideoRung, quality: RungQuality | undefined) {
  const { renditionId, codec, width, height, capBitsPerSecond, reason } = rung;
  return { renditionId, codec, width, height, capBitsPerSecond, reason, ...(quality ? { quality } : {}) };
}

function ratesOf(measurement: Measurement, { renditionId }: VideoRung) {
  const measured = measurement.renditions[renditionId];
  if (!measured)
    throw new Error(`publication ${measurement.publicationId}: ${renditionId} was never measured`);
  const { averageBitsPerSecond, peakBitsPerSecond, bytes } = measured;
  return { averageBitsPerSecond, peakBitsPerSecond, bytes };
}

function fixedRates({ grid }: Plan, rung: VideoRung, judgements: readonly SegmentJudgement[]) {
  const sizes = judgements.map(({ segmentIndex, fixed }) => ({
    bytes: fixed.get(rung.renditionId)?.bytes ?? 0,
    seconds: videoSegmentSeconds(grid, segmentIndex, rung.frameStep),
  }));
  // Judged segments are not adjacent, so each peak is that of one segment.
  const targetSeconds = frameSeconds(grid, grid.segmentFrames);
  const peaks = sizes.map((size) => measureBitrates([size], targetSeconds).averageBitsPerSecond);
  const { averageBitsPerSecond } = measureBitrates(sizes, targetSeconds);
  return { averageBitsPerSecond, peakBitsPerSecond: Math.max(...peaks) };
}

function meanQuality(judged: readonly (RungQuality | undefined)[]): RungQuality | undefined {
  const present = judged.filter((quality) => quality !== undefined);
  if (present.length === 0) return undefined;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const vmaf = present.map((quality) => quality.vmaf).filter((value) => value !== undefined);
  return {
    ...(vmaf.length === present.length ? { vmaf: mean(vmaf) } : {}),
    ssim: mean(present.map(({ ssim }) => ssim)),
    psnr: mean(present.map(({ psnr }) => psnr)),
  };
}

interface Judged {
  averageBitsPerSecond: number;
  peakBitsPerSecond: number;
  quality?: RungQuality;
}

function compare(
  planned: readonly Judged[],
  fixed: readonly Judged[],
  metric: TitleReport['metric'],
): TitleReport['viewersMeasure'] {
  const measured = (rungs: readonly Judged[]): MeasuredRung[] =>
    rungs.map(({ averageBitsPerSecond, peakBitsPerSecond, quality }) => ({
      averageBitsPerSecond,
      peakBitsPerSecond,
      quality: metric === 'vmaf' ? (quality?.vmaf ?? 0) : 100 * (quality?.ssim ?? 0),
    }));
  const max = metric === 'vmaf' ? undefined : maxSsim;
  const summary = (rungs: readonly Judged[]) => {
    const { meanQuality, meanBitsPerSecond } = viewersMeasure(measured(rungs), max);
    return { meanQuality, meanBitsPerSecond };
  };
  return {
    planned: summary(planned),
    fixed: summary(fixed),
    ...compareLadders(measured(planned), measured(fixed), max),
  };
}
