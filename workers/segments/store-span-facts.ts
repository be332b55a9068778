import type { Plan, Span, VideoRung } from '#core/contracts/plan.js';
import { segmentFile, spanFactsFile, videoPrefix } from '#core/contracts/publication-layout.js';
import type { SegmentFacts } from '#core/contracts/span-facts.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { putOnce } from '#core/storage/put-once.js';
import { readStoredFacts } from '#workers/segments/read-stored-facts.js';

/** Facts come from what is stored, not from what this attempt made: another attempt's segment may be the one that won. */
export async function storeSpanFacts(
  store: ObjectStore,
  plan: Plan,
  span: Span,
  rungs: readonly VideoRung[],
): Promise<void> {
  await Promise.all(
    rungs.map(async (rung) => {
      const facts: SegmentFacts[] = [];
      for (let index = span.firstSegment; index < span.firstSegment + span.segmentCount; index += 1) {
        const { bytes } = await store.read(
          `${videoPrefix(plan.publicationId, rung.renditionId)}${segmentFile(index)}`,
        );
        facts.push(readStoredFacts(bytes, plan.grid, rung, index));
      }
      const key = `${videoPrefix(plan.publicationId, rung.renditionId)}${spanFactsFile(span.spanIndex)}`;
      await putOnce(store, key, Buffer.from(JSON.stringify(facts)), 'application/json');
    }),
  );
}
