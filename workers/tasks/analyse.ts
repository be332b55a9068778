import { publicationIdOf } from '#core/contracts/ids.js';
import type { Plan } from '#core/contracts/plan.js';
import {
  audioFolder,
  contentTypeOf,
  mediaPlaylistFile,
  planKey,
  publicationPrefix,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { gridSeconds } from '#core/contracts/segment-grid.js';
import type { AnalyseTask } from '#core/contracts/task.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { audioMediaPlaylist, videoMediaPlaylist } from '#core/hls/publication-playlists.js';
import { publicationFlow } from '#core/queue/task-tree.js';
import { ObjectStoreError } from '#core/storage/object-store.js';
import { chooseSound } from '#encoder/planning/choose-streams.js';
import { type Complexity, complexityOf } from '#encoder/planning/complexity.js';
import { normalisePicture } from '#encoder/planning/normalise-picture.js';
import { planLadder } from '#encoder/planning/plan-ladder.js';
import { planPublication } from '#encoder/planning/plan-publication.js';
import { timeLineOf } from '#encoder/planning/time-line.js';
import type { Attempt, TaskContext } from '#workers/task-context.js';
import { detectInterlacing, measureComplexity } from '#workers/tasks/measure-complexity.js';
import { type ProbedSource, probeSource } from '#workers/tasks/probe-source.js';
import { putOnce } from '#workers/tasks/put-once.js';
import { withCodecStrings } from '#workers/tasks/read-codec-strings.js';

/**
 * Probes the source, plans its publication, writes plan and media playlists, makes the title `playable`, enqueues the
 * encode. Every step may have been done by an earlier attempt: what stands is used. Resolves to the CPU time used, seconds.
 */
export async function analyse(context: TaskContext, task: AnalyseTask, attempt: Attempt): Promise<number> {
  const title = await context.titles.enter(task.titleId, 'analysing', ['queued']);
  if (!title || title.generation !== task.generation || !['analysing', 'playable'].includes(title.state)) {
    attempt.log.info({ state: title?.state }, 'nothing to analyse: the title has moved on');
    return 0;
  }
  await context.progress.titleChanged(title);
  const plan = (await readExistingPlan(context, title)) ?? (await makePlan(context, title, attempt));
  await writeMediaPlaylists(context, plan);
  const playable = await context.titles.enter(title.titleId, 'playable', ['analysing'], {
    publication: {
      publicationId: plan.publicationId,
      durationSeconds: gridSeconds(plan.grid),
      width: plan.picture.displayWidth,
      height: plan.picture.displayHeight,
      frameRate: plan.grid.frameRate,
      segmentCount: plan.grid.segmentCount,
      renditionIds: [...plan.rungs, ...plan.audio].map(({ renditionId }) => renditionId),
    },
  });
  if (playable?.state !== 'playable') return 0;
  await context.progress.titleChanged(playable, plan);
  await context.flows.add(publicationFlow(plan));
  return plan.complexity.cpuSeconds ?? 0;
}

async function readExistingPlan(context: TaskContext, title: TitleRecord): Promise<Plan | undefined> {
  try {
    return await context.plans.read(publicationIdOf(title.titleId, title.generation));
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'not_found') return undefined;
    throw error;
  }
}

async function makePlan(context: TaskContext, title: TitleRecord, attempt: Attempt): Promise<Plan> {
  const source = await context.store.openSource(title.source.key, context.scratch.sources);
  try {
    const probed = await probeSource(context, source.path, attempt.signal);
    const plan = await planFrom(context, title, probed, source.path, attempt.signal);
    await putOnce(
      context.store,
      planKey(plan.publicationId),
      Buffer.from(JSON.stringify(plan)),
      'application/json',
    );
  } finally {
    await source.release();
  }
  // Another attempt may have been first: the plan that stands is the plan.
  return context.plans.read(publicationIdOf(title.titleId, title.generation));
}

async function planFrom(
  context: TaskContext,
  title: TitleRecord,
  probed: ProbedSource,
  path: string,
  signal: AbortSignal,
): Promise<Plan> {
  const sound = chooseSound(probed.report);
  const { sourceLimits } = context;
  const timeLine = timeLineOf(probed.report, probed.picture, sound, probed.tail, probed.cut, sourceLimits);
  const facts = {
    stream: probed.picture,
    demuxer: probed.demuxer,
    originSeconds: timeLine.originSeconds,
    containerStartSeconds: probed.report.format.start_time ?? 0,
  };
  const declared = normalisePicture({ ...facts, detectedInterlacing: undefined }, sourceLimits);
  const measured = await measureComplexity(context, path, declared, timeLine, signal);
  const picture = normalisePicture(
    { ...facts, detectedInterlacing: detectInterlacing(measured.fields) },
    sourceLimits,
  );
  const complexity = complexityOf(measured.samples, timeLine.frameRate);
  const ladder = planLadder({ picture, frameRate: timeLine.frameRate, settings: title.settings, complexity });
  return planPublication({
    titleId: title.titleId,
    generation: title.generation,
    createdAt: new Date(),
    source: { key: title.source.key, bytes: title.source.bytes },
    picture,
    sound,
    timeLine,
    ladder: { ...ladder, rungs: await withCodecStrings(context, ladder.rungs, signal) },
    complexity: explain(complexity, measured.cpuSeconds),
  });
}

/** The measurement as the plan records it: bits a second by height, and what it took. */
function explain(complexity: Complexity, cpuSeconds: number): Record<string, number> {
  const sizes = complexity.sizes.map(({ height, bitsPerSecond }) => [
    `bitsPerSecond${height}`,
    Math.round(bitsPerSecond),
  ]);
  return { ...Object.fromEntries(sizes), crf: complexity.crf, cpuSeconds };
}

async function writeMediaPlaylists(context: TaskContext, plan: Plan): Promise<void> {
  const prefix = publicationPrefix(plan.publicationId);
  const playlists = [
    ...plan.rungs.map((rung) => ({
      path: `${videoFolder(rung.renditionId)}/${mediaPlaylistFile}`,
      text: videoMediaPlaylist(plan, rung),
    })),
    ...plan.audio.map((rendition) => ({
      path: `${audioFolder(rendition.renditionId)}/${mediaPlaylistFile}`,
      text: audioMediaPlaylist(plan, rendition),
    })),
  ];
  await Promise.all(
    playlists.map(({ path, text }) =>
      putOnce(context.store, prefix + path, Buffer.from(text), contentTypeOf(path)),
    ),
  );
}
