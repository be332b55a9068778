import type { Plan, SegmentRange } from '#core/contracts/plan.js';
import {
  initFile,
  parseSegmentPath,
  segmentFile,
  videoFolder,
  videoPrefix,
} from '#core/contracts/publication-layout.js';
import type { EncodeSegmentTask } from '#core/contracts/task.js';
import { DemandInterest, demandLimits } from '#core/queue/demand-interest.js';
import { encodeSegments, type SegmentWork } from '#workers/segments/encode-segments.js';
import { FollowedRun, watchStored } from '#workers/segments/followed-run.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/**
 * Encodes a segment of one rendition ahead of its span, with all threads. For players that follow, the run
 * goes on into the next segments, up to a stored one, and ends once nobody wants them. Records no facts: the
 * tasks of the spans do that. Resolves to the CPU time used, seconds.
 */
export async function encodeSegment(
  context: TaskContext,
  task: EncodeSegmentTask,
  attempt: Attempt,
): Promise<number> {
  const plan = await context.plans.read(task.publicationId);
  const rungs = plan.rungs.filter(({ renditionId }) => renditionId === task.renditionId);
  const range = task.followsPlayers
    ? await findMissingRange(context, plan, task)
    : { firstSegment: task.segmentIndex, segmentCount: 1 };
  if (range.segmentCount === 0) return 0;
  const work: SegmentWork = { plan, range, rungs, threads: context.threads.max, priority: 'demand' };
  if (!task.followsPlayers) return (await encodeSegments(context, work, attempt.signal)).cpuSeconds;
  const { publicationId, renditionId } = task;
  const run = new FollowedRun(new DemandInterest(context.redis), {
    publicationId,
    renditionId,
    firstSegment: range.firstSegment,
    nextSegment: range.firstSegment,
    endSegment: range.firstSegment + range.segmentCount,
  });
  try {
    await run.start();
    const followed: SegmentWork = { ...work, priority: () => run.priority, ended: run.ended };
    return (await encodeSegments(watchStored(context, [run]), followed, attempt.signal)).cpuSeconds;
  } finally {
    await run.stop();
  }
}

/** The demanded segment and the following ones up to a stored one; none if the demanded one is stored. */
async function findMissingRange(
  { store }: Pick<TaskContext, 'store'>,
  { publicationId, grid }: Plan,
  { renditionId, segmentIndex: firstSegment }: EncodeSegmentTask,
): Promise<SegmentRange> {
  const { maxRunSegments } = demandLimits;
  const folder = videoPrefix(publicationId, renditionId);
  // `after` is exclusive, so it names a key that sorts right before the first segment.
  const after = `${folder}${segmentFile(firstSegment)}`.slice(0, -1);
  const { objects } = await store.list(folder, { after, limit: 1 });
  const path = objects[0]?.key.slice(folder.length);
  const nextStored = path === undefined ? undefined : parseSegmentPath(`${videoFolder(renditionId)}/${path}`);
  const isStored = nextStored?.segmentIndex === firstSegment && (await store.head(`${folder}${initFile}`));
  if (isStored) return { firstSegment, segmentCount: 0 };
  const end = Math.min(
    grid.segmentCount,
    firstSegment + maxRunSegments,
    Math.max(nextStored?.segmentIndex ?? Number.POSITIVE_INFINITY, firstSegment + 1),
  );
  return { firstSegment, segmentCount: end - firstSegment };
}
