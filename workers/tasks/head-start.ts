import type { Plan, VideoRung } from '#core/contracts/plan.js';
import type { HeadStartTask } from '#core/contracts/task.js';
import { DemandInterest } from '#core/queue/demand-interest.js';
import { highestPriority } from '#workers/ffmpeg/run-priority.js';
import { encodeSegments, type SegmentWork } from '#workers/segments/encode-segments.js';
import { FollowedRun, watchStored } from '#workers/segments/followed-run.js';
import { encodeAudioPart } from '#workers/tasks/encode-audio.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/** A player starts with one segment of each track, and plays it while the spans encode the rest. */
const headStartSegments = 2;

/**
 * The video run becomes a demand when a player waits, and would then stop an audio run of lower priority: but
 * that player waits for both. Audio of two segments takes a fraction of a second, so it may always come
 * first.
 */
const audioPriority = 'start';

/**
 * Encodes the first segments of the renditions that players start with: one run decodes once for all rungs,
 * and each audio rendition has a run beside it. Stores each segment as soon as it is complete. Records no
 * facts: the tasks of the spans do that. Resolves to the CPU time used, seconds.
 */
export async function headStart(
  context: TaskContext,
  task: HeadStartTask,
  attempt: Attempt,
): Promise<number> {
  const plan = await context.plans.read(task.publicationId);
  const isChosen = ({ renditionId }: { renditionId: string }): boolean =>
    task.renditionIds.includes(renditionId);
  const segmentCount = Math.min(headStartSegments, plan.grid.segmentCount);
  const video = encodeVideoStart(
    context,
    { plan, rungs: plan.rungs.filter(isChosen), segmentCount },
    attempt,
  );
  const audio = plan.audio
    .filter(isChosen)
    .map((rendition) =>
      encodeAudioPart(
        context,
        { plan, rendition, firstSegment: 0, segmentCount },
        { signal: attempt.signal, priority: audioPriority },
      ),
    );
  // Every run ends before the attempt does.
  const results = await Promise.allSettled([video, ...audio]);
  return results.reduce((sum, result) => {
    if (result.status === 'rejected') throw result.reason;
    return sum + result.value;
  }, 0);
}

/**
 * Announces the run to origins, so that requests for its segments join it instead of adding demands. It is
 * itself a demand while a player waits for it, and runs to its end without one.
 */
async function encodeVideoStart(
  context: TaskContext,
  { plan, rungs, segmentCount }: { plan: Plan; rungs: readonly VideoRung[]; segmentCount: number },
  { signal }: Attempt,
): Promise<number> {
  const interest = new DemandInterest(context.redis);
  const runs = rungs.map(
    ({ renditionId }) =>
      new FollowedRun(interest, {
        publicationId: plan.publicationId,
        renditionId,
        firstSegment: 0,
        nextSegment: 0,
        endSegment: segmentCount,
      }),
  );
  const work: SegmentWork = {
    plan,
    range: { firstSegment: 0, segmentCount },
    rungs,
    threads: context.threads.max,
    isUrgent: true,
    priority: () => highestPriority(runs.map(({ priority }) => priority)),
  };
  try {
    await Promise.all(runs.map((run) => run.start()));
    return (await encodeSegments(watchStored(context, runs), work, signal)).cpuSeconds;
  } finally {
    await Promise.all(runs.map((run) => run.stop()));
  }
}
