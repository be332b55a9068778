import type { Plan, Span } from '#core/contracts/plan.js';
import type { EncodeSpanTask } from '#core/contracts/task.js';
import { encodeSegments } from '#workers/segments/encode-segments.js';
import { storeSpanFacts } from '#workers/segments/store-span-facts.js';
import type { Attempt, RunThreads, TaskContext } from '#workers/tasks/task-context.js';

/**
 * Encodes one span for a set of rungs and records the facts of its segments. Keeps segments that earlier
 * attempts and demands have stored. Resolves to the CPU time used, seconds.
 */
export async function encodeSpan(
  context: TaskContext,
  task: EncodeSpanTask,
  attempt: Attempt,
): Promise<number> {
  const { span } = task;
  const plan = await context.plans.read(task.publicationId);
  const rungs = plan.rungs.filter(({ renditionId }) => task.renditionIds.includes(renditionId));
  const { facts, cpuSeconds } = await encodeSegments(
    context,
    { plan, range: span, rungs, threads: threadsFor(context.threads, plan, span), priority: 'background' },
    attempt.signal,
  );
  await storeSpanFacts(context.store, { plan, span, rungs }, facts);
  return cpuSeconds;
}

/**
 * Threads of an encoder wait for each other, so slots with `perSlot` threads each fill the machine at the
 * lowest cost. A title's last spans get more: no later spans fill the other cores.
 */
function threadsFor({ perSlot, max }: RunThreads, plan: Plan, { firstSegment }: Span): number {
  const spansAfter = plan.spans.filter((other) => other.firstSegment > firstSegment).length;
  return spansAfter < max / perSlot ? max : perSlot;
}
