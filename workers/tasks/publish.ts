import type { AudioRendition, Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import {
  audioFolder,
  contentTypeOf,
  initFile,
  measurementKey,
  multivariantFile,
  publicationPrefix,
  segmentFile,
  spanFactsFile,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { audioSegmentSeconds, videoSegmentSeconds } from '#core/contracts/segment-grid.js';
import { type SegmentFacts, spanFactsSchema } from '#core/contracts/span-facts.js';
import type { PublishTask } from '#core/contracts/task.js';
import { writePublicationMultivariant } from '#core/hls/publication-playlists.js';
import { listAll } from '#core/storage/object-store.js';
import { putOnce } from '#workers/tasks/put-once.js';
import type { Attempt, TaskContext } from '#workers/task-context.js';

/** What storage holds is not what the plan promises: the title must not become `ready`. */
export class PublicationIncompleteError extends Error {
  readonly retryable = true;

  constructor(message: string) {
    super(message);
    this.name = 'PublicationIncompleteError';
  }
}

/**
 * Verifies that every object of the plan is stored, measures the bitrates, writes the measurement and, last of all, the
 * multivariant playlist; makes the title `ready`.
 */
export async function publish(context: TaskContext, task: PublishTask, attempt: Attempt): Promise<void> {
  const title = await context.titles.read(task.titleId);
  if (title?.state !== 'playable') {
    attempt.log.info({ state: title?.state }, 'nothing to publish: the title has moved on');
    return;
  }
  const plan = await context.plans.read(task.publicationId);
  const prefix = publicationPrefix(plan.publicationId);
  const stored = new Map<string, number>();
  for await (const object of listAll(context.store, prefix))
    stored.set(object.key.slice(prefix.length), object.bytes);
  const measurement = await measure(context, plan, stored);
  const json = Buffer.from(JSON.stringify(measurement));
  await putOnce(context.store, measurementKey(plan.publicationId), json, 'application/json');
  // The multivariant playlist goes last: a crash above leaves objects nothing points at, never half a title.
  const text = writePublicationMultivariant(plan, measurement, {});
  await putOnce(context.store, prefix + multivariantFile, Buffer.from(text), contentTypeOf(multivariantFile));
  const ready = await context.titles.enter(task.titleId, 'ready', ['playable']);
  if (ready) await context.progress.titleChanged(ready, plan);
}

async function measure(
  context: TaskContext,
  plan: Plan,
  stored: ReadonlyMap<string, number>,
): Promise<Measurement> {
  const renditions: Measurement['renditions'] = {};
  for (const rung of plan.rungs) {
    const facts = await readFacts(context, plan, rung);
    requireSize(stored, `${videoFolder(rung.renditionId)}/${initFile}`);
    renditions[rung.renditionId] = bitrates(
      facts.map((fact) => {
        const path = `${videoFolder(rung.renditionId)}/${segmentFile(fact.segmentIndex)}`;
        const bytes = requireSize(stored, path);
        if (bytes !== fact.bytes) {
          throw new PublicationIncompleteError(
            `${path} has ${bytes} bytes in storage, ${fact.bytes} when it was checked`,
          );
        }
        return { bytes, seconds: videoSegmentSeconds(plan.grid, fact.segmentIndex, rung.frameStep) };
      }),
    );
  }
  for (const rendition of plan.audio) {
    renditions[rendition.renditionId] = bitrates(audioSizes(plan, rendition, stored));
  }
  return { schemaVersion: 1, publicationId: plan.publicationId, renditions };
}

/** Facts of every segment of a rung, in order. */
async function readFacts(context: TaskContext, plan: Plan, rung: VideoRung): Promise<SegmentFacts[]> {
  const folder = `${publicationPrefix(plan.publicationId)}${videoFolder(rung.renditionId)}/`;
  const spans = await Promise.all(
    plan.spans.map(async (span) => {
      const { bytes } = await context.store.read(folder + spanFactsFile(span.spanIndex));
      return spanFactsSchema.parse(JSON.parse(bytes.toString('utf8')));
    }),
  );
  const facts = spans.flat();
  facts.forEach((fact, index) => {
    if (fact.segmentIndex === index) return;
    throw new PublicationIncompleteError(`rendition ${rung.renditionId}: segment ${index} was never checked`);
  });
  if (facts.length !== plan.grid.segmentCount) {
    throw new PublicationIncompleteError(
      `rendition ${rung.renditionId} has ${facts.length} segments, the plan says ${plan.grid.segmentCount}`,
    );
  }
  return facts;
}

function audioSizes(
  plan: Plan,
  rendition: AudioRendition,
  stored: ReadonlyMap<string, number>,
): { bytes: number; seconds: number }[] {
  const folder = audioFolder(rendition.renditionId);
  requireSize(stored, `${folder}/${initFile}`);
  return Array.from({ length: plan.grid.segmentCount }, (_, index) => ({
    bytes: requireSize(stored, `${folder}/${segmentFile(index)}`),
    seconds: audioSegmentSeconds(plan.grid, index, rendition.sampleRate),
  }));
}

function requireSize(stored: ReadonlyMap<string, number>, path: string): number {
  const bytes = stored.get(path);
  if (bytes === undefined || bytes === 0) throw new PublicationIncompleteError(`${path} is not in storage`);
  return bytes;
}

/** RFC 8216 4.3.4.2: the peak is the largest bitrate of any segment. */
function bitrates(
  segments: readonly { bytes: number; seconds: number }[],
): Measurement['renditions'][string] {
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  return {
    bytes,
    averageBitsPerSecond: Math.ceil((bytes * 8) / seconds),
    peakBitsPerSecond: Math.ceil(
      Math.max(...segments.map((segment) => (segment.bytes * 8) / segment.seconds)),
    ),
  };
}
