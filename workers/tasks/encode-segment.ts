import type { Plan, SegmentRange, VideoRung } from '#core/contracts/plan.js';
import {
  audioFolder,
  initFile,
  parseSegmentPath,
  publicationPrefix,
  segmentFile,
  videoFolder,
  videoPrefix,
} from '#core/contracts/publication-layout.js';
import { segmentFrames } from '#core/contracts/segment-grid.js';
import type { EncodeSegmentTask } from '#core/contracts/task.js';
import { DemandInterest, demandLimits } from '#core/queue/demand-interest.js';
import { countMegapixels, reportEncodeSpeed } from '#core/queue/encode-speeds.js';
import { encodeSegments, type SegmentWork } from '#workers/segments/encode-segments.js';
import { FollowedRun, watchStored } from '#workers/segments/followed-run.js';
import { encodeAudioPart } from '#workers/tasks/encode-audio.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/**
 * Encodes a segment of one rendition, video or audio, ahead of the task that makes all of it. For players
 * that follow, the run goes on into the next segments, up to a stored one, and ends once nobody wants them.
 * Records no facts: the tasks of the spans do that. Resolves to the CPU time used, seconds.
 */
export async function encodeSegment(
  context: TaskContext,
  task: EncodeSegmentTask,
  attempt: Attempt,
): Promise<number> {
  const startedAt = performance.now();
  const plan = await context.plans.read(task.publicationId);
  const rung = plan.rungs.find(({ renditionId }) => renditionId === task.renditionId);
  if (!rung) return encodeAudioDemand(context, plan, task, attempt);
  if (!task.followsPlayers) return encodeOne(context, plan, rung, task, attempt);
  const range = await findMissingRange(context, plan, task, videoFolder(task.renditionId));
  if (range.segmentCount === 0) return 0;
  const run = new FollowedRun(new DemandInterest(context.redis), {
    publicationId: task.publicationId,
    renditionId: task.renditionId,
    firstSegment: range.firstSegment,
    nextSegment: range.firstSegment,
    endSegment: range.firstSegment + range.segmentCount,
  });
  const timer = new RunTimer(context, plan, rung, startedAt);
  const onStored = async (segmentIndex: number): Promise<void> => {
    if (segmentIndex === range.firstSegment) timer.stored(segmentIndex);
    const next = `${videoPrefix(plan.publicationId, rung.renditionId)}${segmentFile(segmentIndex + 1)}`;
    if (await context.store.head(next)) run.end();
  };
  try {
    await run.start();
    const work: SegmentWork = {
      plan,
      range,
      rungs: [rung],
      threads: context.threads.max,
      priority: () => run.priority,
      isUrgent: true,
      onStarted: () => timer.started(),
      ended: run.ended,
    };
    return (await encodeSegments(watchStored(context, [run], onStored), work, attempt.signal)).cpuSeconds;
  } finally {
    await run.stop();
  }
}

/**
 * Encodes the demanded segment of audio and the next ones up to a stored one. That takes about a second, so
 * the run ends early only if its players leave before the first of them is stored.
 */
async function encodeAudioDemand(
  context: TaskContext,
  plan: Plan,
  task: EncodeSegmentTask,
  attempt: Attempt,
): Promise<number> {
  const { renditionId } = task;
  const rendition = plan.audio.find((audio) => audio.renditionId === renditionId);
  if (!rendition) throw new Error(`the plan of ${task.publicationId} has no rendition ${renditionId}`);
  const range = await findMissingRange(context, plan, task, audioFolder(renditionId));
  if (range.segmentCount === 0) return 0;
  const run = new FollowedRun(new DemandInterest(context.redis), {
    publicationId: task.publicationId,
    renditionId,
    firstSegment: range.firstSegment,
    nextSegment: range.firstSegment,
    endSegment: range.firstSegment + range.segmentCount,
  });
  try {
    await run.start();
    return await encodeAudioPart(
      watchStored(context, [run]),
      { plan, rendition, ...range },
      { signal: attempt.signal, priority: () => run.priority, unwanted: run.ended },
    );
  } finally {
    await run.stop();
  }
}

/** For jobs that older releases have queued: their origins do not say who waits. */
async function encodeOne(
  context: TaskContext,
  plan: Plan,
  rung: VideoRung,
  { segmentIndex }: EncodeSegmentTask,
  attempt: Attempt,
): Promise<number> {
  const range = { firstSegment: segmentIndex, segmentCount: 1 };
  const work: SegmentWork = {
    plan,
    range,
    rungs: [rung],
    threads: context.threads.max,
    priority: 'start',
    isUrgent: true,
  };
  return (await encodeSegments(context, work, attempt.signal)).cpuSeconds;
}

/** Measures the first segment of a run, which a player waits for, so nothing else runs on this worker. */
class RunTimer {
  private startupSeconds: number | undefined;

  constructor(
    private readonly context: Pick<TaskContext, 'redis'>,
    private readonly plan: Plan,
    private readonly rung: VideoRung,
    private readonly startedAt: number,
  ) {}

  /** Records ffmpeg's first output. */
  started(): void {
    this.startupSeconds = (performance.now() - this.startedAt) / 1000;
  }

  /** Reports the speed. Without Redis, delivery goes on with the last one. */
  stored(segmentIndex: number): void {
    if (this.startupSeconds === undefined) return;
    const sample = {
      megapixels: countMegapixels(this.plan, this.rung, segmentFrames(this.plan.grid, segmentIndex)),
      seconds: (performance.now() - this.startedAt) / 1000,
      startupSeconds: this.startupSeconds,
    };
    reportEncodeSpeed(this.context.redis, this.rung.codec, sample).catch(() => undefined);
  }
}

/** The demanded segment and the following ones up to a stored one; none if the demanded one is stored. */
async function findMissingRange(
  { store }: Pick<TaskContext, 'store'>,
  { publicationId, grid }: Plan,
  { segmentIndex: firstSegment }: EncodeSegmentTask,
  renditionFolder: string,
): Promise<SegmentRange> {
  const { maxRunSegments } = demandLimits;
  const folder = `${publicationPrefix(publicationId)}${renditionFolder}/`;
  // `after` is exclusive, so it names a key that sorts right before the first segment.
  const after = `${folder}${segmentFile(firstSegment)}`.slice(0, -1);
  const { objects } = await store.list(folder, { after, limit: 1 });
  const path = objects[0]?.key.slice(folder.length);
  const nextStored = path === undefined ? undefined : parseSegmentPath(`${renditionFolder}/${path}`);
  const isStored = nextStored?.segmentIndex === firstSegment && (await store.head(`${folder}${initFile}`));
  if (isStored) return { firstSegment, segmentCount: 0 };
  const end = Math.min(
    grid.segmentCount,
    firstSegment + maxRunSegments,
    Math.max(nextStored?.segmentIndex ?? Number.POSITIVE_INFINITY, firstSegment + 1),
  );
  return { firstSegment, segmentCount: end - firstSegment };
}
