import type { AudioRendition, Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import {
  audioFolder,
  initFile,
  segmentFile,
  spanFactsFile,
  videoFolder,
  videoPrefix,
} from '#core/contracts/publication-layout.js';
import {
  audioSegmentSeconds,
  frameSeconds,
  segmentFrames,
  steppedFrames,
  videoSegmentSeconds,
} from '#core/contracts/segment-grid.js';
import { type SegmentFacts, spanFactsSchema } from '#core/contracts/task.js';
import { measureBitrates, type SegmentSize } from '#core/hls/measure-bitrates.js';
import type { IframePosition } from '#core/hls/publication/write-rendition-playlists.js';
import { findJson } from '#core/storage/json-document.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { readSegmentFacts } from '#workers/segments/store-span-facts.js';

/** Storage lacks what the plan promises: the title must not become `ready`. */
class PublicationIncompleteError extends Error {
  readonly retryable = true;

  constructor(message: string) {
    super(message);
    this.name = 'PublicationIncompleteError';
  }
}

export interface MeasuredPublication {
  measurement: Measurement;
  /** Key frames of each video rendition, in order, by rendition id. */
  keyFrames: ReadonlyMap<string, IframePosition[]>;
}

/**
 * Measures a publication's bitrates. `sizes` is a listing of storage: bytes by path inside the publication.
 * Throws PublicationIncompleteError, which names what is missing.
 */
export async function measurePublication(
  store: ObjectStore,
  plan: Plan,
  sizes: ReadonlyMap<string, number>,
): Promise<MeasuredPublication> {
  const targetSeconds = Math.max(1, Math.round(frameSeconds(plan.grid, plan.grid.segmentFrames)));
  const renditions: Measurement['renditions'] = {};
  const keyFrames = new Map<string, IframePosition[]>();
  for (const rung of plan.rungs) {
    const facts = await readFacts(store, plan, rung, sizes);
    const positions = facts.flatMap((fact) => keyFramesOf(plan, rung, fact));
    keyFrames.set(rung.renditionId, positions);
    const { bytes: _, ...iframes } = measureBitrates(
      positions.map(({ lengthBytes, durationSeconds }) => ({ bytes: lengthBytes, seconds: durationSeconds })),
      targetSeconds,
    );
    renditions[rung.renditionId] = {
      ...measureBitrates(videoSizes(plan, rung, facts, sizes), targetSeconds),
      iframes,
    };
  }
  for (const rendition of plan.audio) {
    renditions[rendition.renditionId] = measureBitrates(audioSizes(plan, rendition, sizes), targetSeconds);
  }
  return { measurement: { schemaVersion: 1, publicationId: plan.publicationId, renditions }, keyFrames };
}

/**
 * Facts of every segment of a rung, in order. A segment that was damaged and made again since its facts were
 * recorded is read.
 */
async function readFacts(
  store: ObjectStore,
  plan: Plan,
  rung: VideoRung,
  sizes: ReadonlyMap<string, number>,
): Promise<SegmentFacts[]> {
  const folder = videoPrefix(plan.publicationId, rung.renditionId);
  const facts: SegmentFacts[] = [];
  for (const { spanIndex } of plan.spans)
    facts.push(...((await findJson(store, folder + spanFactsFile(spanIndex), spanFactsSchema)) ?? []));
  const wrong = facts.findIndex((fact, index) => fact.segmentIndex !== index);
  if (wrong !== -1 || facts.length !== plan.grid.segmentCount) {
    const which = wrong === -1 ? facts.length : wrong;
    throw new PublicationIncompleteError(
      `rendition ${rung.renditionId}: segment ${which} of ${plan.grid.segmentCount} was never checked`,
    );
  }
  return Promise.all(
    facts.map(async (fact) => {
      const stored = sizes.get(`${videoFolder(rung.renditionId)}/${segmentFile(fact.segmentIndex)}`);
      return stored === undefined || stored === fact.bytes
        ? fact
        : readSegmentFacts(store, folder, plan.grid, rung, fact.segmentIndex);
    }),
  );
}

function videoSizes(
  plan: Plan,
  rung: VideoRung,
  facts: readonly SegmentFacts[],
  sizes: ReadonlyMap<string, number>,
): SegmentSize[] {
  const folder = videoFolder(rung.renditionId);
  requireSize(sizes, `${folder}/${initFile}`);
  return facts.map((fact) => {
    const path = `${folder}/${segmentFile(fact.segmentIndex)}`;
    const bytes = requireSize(sizes, path);
    if (bytes !== fact.bytes) {
      throw new PublicationIncompleteError(
        `${path} has ${bytes} bytes in storage, but had ${fact.bytes} when it was checked`,
      );
    }
    return { bytes, seconds: videoSegmentSeconds(plan.grid, fact.segmentIndex, rung.frameStep) };
  });
}

function audioSizes(
  plan: Plan,
  rendition: AudioRendition,
  sizes: ReadonlyMap<string, number>,
): SegmentSize[] {
  const folder = audioFolder(rendition.renditionId);
  requireSize(sizes, `${folder}/${initFile}`);
  return Array.from({ length: plan.grid.segmentCount }, (_, index) => ({
    bytes: requireSize(sizes, `${folder}/${segmentFile(index)}`),
    seconds: audioSegmentSeconds(plan.grid, index, rendition.sampleRate),
  }));
}

function requireSize(sizes: ReadonlyMap<string, number>, path: string): number {
  const bytes = sizes.get(path);
  if (bytes === undefined || bytes === 0) throw new PublicationIncompleteError(`${path} is not in storage`);
  return bytes;
}

/** In an I-frame playlist a key frame lasts until the next one: a GOP, or the rest of the segment. */
function keyFramesOf(plan: Plan, rung: VideoRung, fact: SegmentFacts): IframePosition[] {
  const gop = plan.grid.gopFrames / rung.frameStep;
  const frames = steppedFrames(segmentFrames(plan.grid, fact.segmentIndex), rung.frameStep);
  return fact.keyFrames.map(({ offsetBytes, lengthBytes }, index) => ({
    segmentIndex: fact.segmentIndex,
    offsetBytes,
    lengthBytes,
    durationSeconds: frameSeconds(
      plan.grid,
      Math.min(gop, frames.end - frames.first - index * gop) * rung.frameStep,
    ),
  }));
}
