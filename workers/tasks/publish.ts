import type { Plan } from '#core/contracts/plan.js';
import {
  contentTypeOf,
  iframePlaylistFile,
  measurementKey,
  multivariantFile,
  publicationPrefix,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import type { PublishTask } from '#core/contracts/task.js';
import { checkStoredPublication } from '#core/hls/check/check-stored-publication.js';
import { writePublicationMultivariant } from '#core/hls/publication/write-publication-multivariant.js';
import { writeIframePlaylist } from '#core/hls/publication/write-rendition-playlists.js';
import { ifFound, listAll } from '#core/storage/object-store.js';
import { putOnce } from '#core/storage/put-once.js';
import { measurePublication } from '#workers/segments/measure-publication.js';
import type { Attempt, TaskContext } from '#workers/tasks/task-context.js';

/** The publication breaks a rule that players rely on, so it is not published. */
class PublicationRefusedError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'PublicationRefusedError';
  }
}

/**
 * Verifies that every object of the plan is stored and follows the rules, measures the bitrates, writes the
 * I-frame playlists, the measurement and the multivariant playlist, and makes the title `ready`.
 */
export async function publish(context: TaskContext, task: PublishTask, attempt: Attempt): Promise<void> {
  const title = await context.titles.read(task.titleId);
  if (title?.state !== 'playable') {
    attempt.log.info({ state: title?.state }, 'nothing to publish: the title has moved on');
    return;
  }
  const plan = await context.plans.read(task.publicationId);
  const prefix = publicationPrefix(plan.publicationId);
  const sizes = new Map<string, number>();
  for await (const object of listAll(context.store, prefix))
    sizes.set(object.key.slice(prefix.length), object.bytes);
  const { measurement, keyFrames } = await measurePublication(context.store, plan, sizes);
  const playlists = new Map<string, string>();
  for (const rung of plan.rungs) {
    const path = `${videoFolder(rung.renditionId)}/${iframePlaylistFile}`;
    playlists.set(path, writeIframePlaylist(plan, rung, keyFrames.get(rung.renditionId) ?? []));
  }
  playlists.set(multivariantFile, writePublicationMultivariant(plan, measurement));
  await checkRules(context, plan, sizes, playlists, attempt);
  const json = Buffer.from(JSON.stringify(measurement));
  await putOnce(context.store, measurementKey(plan.publicationId), json, 'application/json');
  // The multivariant playlist goes last: a crash before it leaves objects that nothing points at, never half
  // a title.
  for (const [path, text] of playlists) {
    await putOnce(context.store, prefix + path, Buffer.from(text), contentTypeOf(path));
  }
  const ready = await context.titles.enter(task.titleId, 'ready', ['playable']);
  if (ready) await context.progress.titleChanged(ready);
}

/** Logs every finding. Throws PublicationRefusedError if a MUST is broken. */
async function checkRules(
  context: TaskContext,
  plan: Plan,
  sizes: ReadonlyMap<string, number>,
  playlists: ReadonlyMap<string, string>,
  attempt: Attempt,
): Promise<void> {
  const prefix = publicationPrefix(plan.publicationId);
  const report = await checkStoredPublication(
    {
      sizeOf: (path) => sizes.get(path),
      read: async (path) => (await ifFound(context.store.read(prefix + path)))?.bytes,
    },
    { unstored: playlists },
  );
  const broken = report.findings.filter(({ severity }) => severity === 'MUST');
  for (const { rule, message } of report.findings) attempt.log.warn({ rule }, message);
  if (broken.length === 0) return;
  const [first] = broken;
  throw new PublicationRefusedError(
    `${broken.length} rules are broken, first ${first?.rule} ${first?.message}`,
  );
}
