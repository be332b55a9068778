import { expect, it } from 'vitest';
import { spanFactsFile, videoPrefix } from '#core/contracts/publication-layout.js';
import type { SegmentFacts } from '#core/contracts/task.js';
import { ObjectStoreError } from '#core/storage/object-store.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';
import { storeSpanFacts } from '#workers/segments/store-span-facts.js';

const rung = sampleRung('h264', 360, 700_000);
const { plan } = samplePublication({ rungs: [rung] });
const span = { spanIndex: 3, firstSegment: 5, segmentCount: 2 };
const facts: SegmentFacts[] = [5, 6].map((segmentIndex) => ({
  segmentIndex,
  bytes: 1_000 + segmentIndex,
  frames: 144,
  keyFrames: [{ offsetBytes: 0, lengthBytes: 300 }],
}));

/** A store without any segment, which records what is read and written. */
function emptyStore() {
  const reads: string[] = [];
  const puts = new Map<string, string>();
  const store: Parameters<typeof storeSpanFacts>[0] = {
    read: async (key) => {
      reads.push(key);
      throw new ObjectStoreError('not_found', key, `object ${key}: not found`);
    },
    put: async (key, body) => {
      if (Buffer.isBuffer(body)) puts.set(key, body.toString());
      return { etag: '"1"', bytes: 0 };
    },
  };
  return { store, reads, puts };
}

it('does not read back a segment whose put this attempt won', async () => {
  const { store, reads, puts } = emptyStore();
  await storeSpanFacts(store, { plan, span, rungs: [rung] }, new Map([[rung.renditionId, facts]]));
  expect(reads).toEqual([]);
  const key = `${videoPrefix(plan.publicationId, rung.renditionId)}${spanFactsFile(3)}`;
  expect(JSON.parse(puts.get(key) ?? '')).toEqual(facts);
});

it('reads back the segments that another attempt stored', async () => {
  const { store, reads, puts } = emptyStore();
  const known = new Map([[rung.renditionId, facts.slice(0, 1)]]);
  const stored = storeSpanFacts(store, { plan, span, rungs: [rung] }, known);
  await expect(stored).rejects.toMatchObject({ name: 'SegmentMismatchError', retryable: true });
  expect(reads).toEqual([`${videoPrefix(plan.publicationId, rung.renditionId)}00006.m4s`]);
  expect(puts.size).toBe(0);
});
