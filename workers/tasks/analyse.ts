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
import { writeAudioPlaylist, writeVideoPlaylist } from '#core/hls/publication/write-rendition-playlists.js';
import { DemandInterest } from '#core/queue/demand-interest.js';
import { defaultEncodeSpeeds, readEncodeSpeeds } from '#core/queue/encode-speeds.js';
import { headStartJob, publicationFlow } from '#core/queue/task-tree.js';
import { putOnce } from '#core/storage/put-once.js';
import { chooseHeadStart } from '#planning/choose-head-start.js';
import { readChapters } from '#planning/source/read-chapters.js';
import { type PlannedSource, planProbedSource } from '#workers/source/plan-source.js';
import { probeSource } from '#workers/source/probe-source.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/**
 * Probes the source, plans its publication, writes the plan, enqueues the head start, writes the media
 * playlists, makes the title `playable` and enqueues its encode. Keeps what an earlier attempt has written.
 * Resolves to the CPU time used, seconds.
 */
export async function analyse(context: TaskContext, task: AnalyseTask, attempt: Attempt): Promise<number> {
  const title = await context.titles.enter(task.titleId, 'analysing', ['queued']);
  if (!title || title.generation !== task.generation || !['analysing', 'playable'].includes(title.state)) {
    attempt.log.info({ state: title?.state }, 'nothing to analyse: the title has moved on');
    return 0;
  }
  await context.progress.titleChanged(title);
  const existing = await context.plans.find(publicationIdOf(title.titleId, title.generation));
  const { plan, cpuSeconds } = existing
    ? { plan: existing, cpuSeconds: 0 }
    : await makePlan(context, title, attempt);
  // Before all other work of the publication: a player may request the first segments a moment from now.
  await addHeadStart(context, plan);
  await writeMediaPlaylists(context, plan);
  const playable = await context.titles.enter(title.titleId, 'playable', ['analysing'], {
    publication: {
      publicationId: plan.publicationId,
      durationSeconds: gridSeconds(plan.grid),
      width: plan.video.displayWidth,
      height: plan.video.displayHeight,
      frameRate: plan.grid.frameRate,
      segmentCount: plan.grid.segmentCount,
      renditionIds: [...plan.rungs, ...plan.audio].map(({ renditionId }) => renditionId),
    },
  });
  if (playable?.state !== 'playable') return 0;
  await context.progress.titleChanged(playable);
  await context.flows.add(publicationFlow(plan));
  return cpuSeconds;
}

async function makePlan(context: TaskContext, title: TitleRecord, attempt: Attempt): Promise<PlannedSource> {
  const source = await context.store.openSource(title.source.key, context.scratch.directory);
  try {
    const probed = await probeSource(context.ffmpeg, source.path, attempt.signal);
    const { plan, cpuSeconds } = await planProbedSource(
      context,
      title,
      { ...probed, path: source.path },
      attempt.signal,
    );
    const chapters = readChapters(probed.report, plan);
    // Chapters go before the plan: once a plan is stored, no attempt probes again.
    if (chapters.length > 0) {
      await context.titles.update(title.titleId, (record) => ({ ...record, chapters }));
    }
    await putOnce(
      context.store,
      planKey(plan.publicationId),
      Buffer.from(JSON.stringify(plan)),
      'application/json',
    );
    // The stored plan may be another attempt's; it is the plan.
    return { plan: await context.plans.read(plan.publicationId), cpuSeconds };
  } finally {
    await source.release();
  }
}

async function addHeadStart(context: TaskContext, plan: Plan): Promise<void> {
  const speeds = await readEncodeSpeeds(context.redis).catch(() => defaultEncodeSpeeds);
  const renditionIds = chooseHeadStart(plan, speeds);
  await expectHeadStart(context, plan, renditionIds);
  await context.flows.add(headStartJob(plan, renditionIds));
}

/** Announces the run before its job is added, so that players join it even while no worker has taken it. */
async function expectHeadStart(
  { redis }: TaskContext,
  { publicationId, rungs }: Plan,
  renditionIds: readonly string[],
): Promise<void> {
  const interest = new DemandInterest(redis);
  const chosen = rungs.filter(({ renditionId }) => renditionIds.includes(renditionId));
  const firsts = chosen.map(({ renditionId }) => ({ publicationId, renditionId, segmentIndex: 0 }));
  // Without it a player's demand encodes the segment a second time.
  await Promise.all(firsts.map((first) => interest.expectRun(first))).catch(() => undefined);
}

async function writeMediaPlaylists(context: TaskContext, plan: Plan): Promise<void> {
  const prefix = publicationPrefix(plan.publicationId);
  const playlists = [
    ...plan.rungs.map((rung) => ({
      path: `${videoFolder(rung.renditionId)}/${mediaPlaylistFile}`,
      text: writeVideoPlaylist(plan, rung),
    })),
    ...plan.audio.map((rendition) => ({
      path: `${audioFolder(rendition.renditionId)}/${mediaPlaylistFile}`,
      text: writeAudioPlaylist(plan, rendition),
    })),
  ];
  await Promise.all(
    playlists.map(({ path, text }) =>
      putOnce(context.store, prefix + path, Buffer.from(text), contentTypeOf(path)),
    ),
  );
}
