import type { Plan, SegmentGrid, Span, VideoRung } from '#core/contracts/plan.js';
import { segmentFile, spanFactsFile, videoPrefix } from '#core/contracts/publication-layout.js';
import type { SegmentFacts } from '#core/contracts/task.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { ifFound, type ObjectStore } from '#core/storage/object-store.js';
import { putOnce } from '#core/storage/put-once.js';
import { factsOf, SegmentAssembler, type SegmentedRung } from '#workers/segments/segment-assembler.js';
import { SegmentMismatchError } from '#workers/segments/segment-mismatch-error.js';

/**
 * Stores the facts of a span's segments. `known` holds those of the segments whose put this attempt won, by
 * rendition id; the other segments are read back from storage and checked against the plan.
 */
export async function storeSpanFacts(
  store: Pick<ObjectStore, 'read' | 'put'>,
  { plan, span, rungs }: { plan: Plan; span: Span; rungs: readonly VideoRung[] },
  known: ReadonlyMap<string, readonly SegmentFacts[]>,
): Promise<void> {
  await Promise.all(
    rungs.map(async (rung) => {
      const folder = videoPrefix(plan.publicationId, rung.renditionId);
      const stored = new Map(known.get(rung.renditionId)?.map((facts) => [facts.segmentIndex, facts]));
      const spanFacts: SegmentFacts[] = [];
      for (let index = span.firstSegment; index < span.firstSegment + span.segmentCount; index += 1)
        spanFacts.push(stored.get(index) ?? (await readSegmentFacts(store, folder, plan.grid, rung, index)));
      const key = `${folder}${spanFactsFile(span.spanIndex)}`;
      await putOnce(store, key, Buffer.from(JSON.stringify(spanFacts)), 'application/json');
    }),
  );
}

/** Reads the facts of a stored segment from the segment itself. Throws SegmentMismatchError. */
export async function readSegmentFacts(
  store: Pick<ObjectStore, 'read'>,
  folder: string,
  grid: SegmentGrid,
  rung: SegmentedRung,
  segmentIndex: number,
): Promise<SegmentFacts> {
  const name = `rendition ${rung.renditionId}: stored segment ${segmentIndex}`;
  const object = await ifFound(store.read(`${folder}${segmentFile(segmentIndex)}`));
  if (!object) throw new SegmentMismatchError(`${name} is gone`);
  const assembler = new SegmentAssembler(grid, rung, { firstSegment: segmentIndex, segmentCount: 1 });
  for (const item of new FragmentSplitter().push(object.bytes)) {
    const segment = item.kind === 'fragment' ? assembler.push(item) : undefined;
    if (segment) return { ...factsOf(segment), bytes: object.bytes.length };
  }
  throw new SegmentMismatchError(`${name} lacks ${assembler.missingFrames()} frames`);
}
