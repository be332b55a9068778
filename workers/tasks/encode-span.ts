import { join } from 'node:path';
import type { Plan, Span, VideoRung } from '#core/contracts/plan.js';
import { initFile, segmentFile, videoPrefix } from '#core/contracts/publication-layout.js';
import { spanFrames } from '#core/contracts/segment-grid.js';
import type { EncodeSpanTask } from '#core/contracts/task.js';
import { encodeRuns } from '#workers/ffmpeg/encode-memory.js';
import { RungOutput } from '#workers/segments/rung-output.js';
import { SerialRunner } from '#workers/segments/serial-runner.js';
import { spanRun } from '#workers/segments/span-run.js';
import { storeSpanFacts } from '#workers/segments/store-span-facts.js';
import { checkDamage } from '#workers/source/check-damage.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

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
  if (task.demand !== true) await storeSpanFacts(context.store, plan, task.span, rungs);
  return cpuSeconds;
}

async function missingRungs(
  context: TaskContext,
  plan: Plan,
  rungs: readonly VideoRung[],
  span: Omit<Span, 'spanIndex'>,
): Promise<VideoRung[]> {
  const missing = await Promise.all(
    rungs.map(async (rung) => {
      const folder = videoPrefix(plan.publicationId, rung.renditionId);
      const first = `${folder}${segmentFile(span.firstSegment)}`;
      const { objects } = await context.store.list(folder, {
        // `after` is exclusive, so it names what sorts right before the first segment.
        after: first.slice(0, -1),
        limit: span.segmentCount,
      });
      const stored = new Set(objects.map(({ key }) => key));
      const wanted = Array.from(
        { length: span.segmentCount },
        (_, index) => `${folder}${segmentFile(span.firstSegment + index)}`,
      );
      const init = await context.store.head(`${folder}${initFile}`);
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
  const storing = new SerialRunner(
    async () => {
      for (const output of outputs) await output.storeNew();
    },
    () => failed.abort(),
  );
  try {
    const run = await spanRun(context, plan, task, rungs, source.path, folder);
    const figures = await context.ffmpeg
      .encode({
        ...run,
        signal: AbortSignal.any([attempt.signal, failed.signal]),
        onProgress: () => storing.request(),
      })
      .catch(async (error: unknown) => {
        // What stopped ffmpeg may be our own refusal of its output: that is the error to report.
        await storing.settle();
        throw error;
      });
    storing.request();
    await storing.settle();
    for (const output of outputs) output.checkComplete(figures);
    checkDamage(figures, plan, spanFrames(plan.grid, span));
    return figures.cpuSeconds;
  } finally {
    await Promise.all(outputs.map((output) => output.close()));
    await source.release();
  }
}
