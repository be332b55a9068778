import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '#core/storage/object-store.js';
import { breakingAfter, digest, inChunks, pattern } from '#core/storage/sample-bodies.suite.js';

/**
 * The contract of ObjectStore for writes that fail or race. `open` returns two stores on the same objects.
 */
export function describeWrites(name: string, open: () => Promise<[ObjectStore, ObjectStore]>): void {
  describe(`${name} keeps the contract of writes`, () => {
    let store: ObjectStore;
    let other: ObjectStore;
    beforeAll(async () => {
      [store, other] = await open();
    });

    const bytesAt = async (key: string): Promise<Buffer> => (await other.read(key)).bytes;

    describe('a put that fails stores nothing', () => {
      test.each([
        { declared: 999, what: 'more bytes' },
        { declared: 1001, what: 'fewer bytes' },
      ])('$what than declared', async ({ declared }) => {
        const options = { contentLength: declared };
        await expect(store.put(`length/${declared}`, pattern(1000), options)).rejects.toMatchObject({
          code: 'length_mismatch',
        });
        const stream = inChunks(pattern(1000), 100);
        await expect(store.put(`length/${declared}`, stream, options)).rejects.toMatchObject({
          code: 'length_mismatch',
        });
        expect(stream.destroyed).toBe(true);
        expect(await store.head(`length/${declared}`)).toBeUndefined();
        expect((await store.put('length/exact', inChunks(pattern(9), 4), { contentLength: 9 })).bytes).toBe(
          9,
        );
      });

      test.each([{ at: 1000 }, { at: 20 * 1_048_576 }])(
        'a body that fails after $at bytes',
        async ({ at }) => {
          await store.put(`broken/${at}`, Buffer.from('before'));
          const failure = new Error('the uploader left');
          const put = store.put(`broken/${at}`, breakingAfter(at, failure));
          await expect(put).rejects.toBe(failure);
          expect((await bytesAt(`broken/${at}`)).toString()).toBe('before');
        },
      );

      test('a body that failed before it was read', async () => {
        const failure = new Error('the uploader left at once');
        const body = new Readable({ read: () => undefined });
        const put = store.put('broken/early', body);
        body.destroy(failure);
        await expect(put).rejects.toBe(failure);
        expect(await store.head('broken/early')).toBeUndefined();
      });

      test('an abort during the body', async () => {
        const controller = new AbortController();
        const reason = new Error('no longer wanted');
        async function* endless(): AsyncGenerator<Buffer> {
          for (let sent = 0; ; sent += 1) {
            if (sent === 20) controller.abort(reason);
            yield pattern(1_048_576);
          }
        }
        const put = store.put('aborted', Readable.from(endless()), { signal: controller.signal });
        await expect(put).rejects.toBe(reason);
        await expect(store.put('aborted', pattern(1), { signal: controller.signal })).rejects.toBe(reason);
        expect(await store.head('aborted')).toBeUndefined();
      });
    });

    describe('conditions', () => {
      test('a create-only put never replaces', async () => {
        await store.put('create/once', Buffer.from('first'), { condition: 'absent' });
        for (const body of [
          Buffer.from('second'),
          Readable.from([Buffer.from('second')]),
          pattern(17_000_000),
        ])
          await expect(other.put('create/once', body, { condition: 'absent' })).rejects.toMatchObject({
            code: 'precondition_failed',
            retryable: false,
          });
        expect((await bytesAt('create/once')).toString()).toBe('first');
      });

      test('a create-only stream of several parts that is second keeps the first', async () => {
        const body = pattern(17_000_000);
        await store.put('create/parts', Buffer.from('first'));
        const second = other.put('create/parts', inChunks(body, 1_000_000), { condition: 'absent' });
        await expect(second).rejects.toMatchObject({ code: 'precondition_failed' });
        expect((await bytesAt('create/parts')).toString()).toBe('first');
      });

      test('of 50 writers that create at once, one wins and its bytes are stored', async () => {
        const won = await winners(50, (index) =>
          (index % 2 ? store : other).put('create/race', Buffer.from(`writer ${index}`), {
            condition: 'absent',
          }),
        );
        expect(won).toHaveLength(1);
        expect((await bytesAt('create/race')).toString()).toBe(`writer ${won[0]}`);
      });

      test('of 50 writers that replace one version at once, one wins and its bytes are stored', async () => {
        const { etag } = await store.put('swap/race', Buffer.from('before'));
        const won = await winners(50, (index) =>
          (index % 2 ? store : other).put('swap/race', Buffer.from(`writer ${index}`), {
            condition: { etag },
          }),
        );
        expect(won).toHaveLength(1);
        expect((await bytesAt('swap/race')).toString()).toBe(`writer ${won[0]}`);
      });

      test('a replaced version never matches again', async () => {
        const first = await store.put('swap/chain', Buffer.from('1'), { condition: 'absent' });
        const second = await other.put('swap/chain', Buffer.from('2'), { condition: { etag: first.etag } });
        const stale = store.put('swap/chain', Buffer.from('3'), { condition: { etag: first.etag } });
        await expect(stale).rejects.toMatchObject({ code: 'precondition_failed' });
        await store.put('swap/chain', inChunks(Buffer.from('44'), 1), { condition: { etag: second.etag } });
        expect((await bytesAt('swap/chain')).toString()).toBe('44');
      });

      test('a missing object matches no version', async () => {
        const put = store.put('swap/missing', Buffer.from('1'), { condition: { etag: '"1-1"' } });
        await expect(put).rejects.toMatchObject({ code: 'precondition_failed' });
        expect(await store.head('swap/missing')).toBeUndefined();
      });
    });

    test('a reader sees all of one version, never parts of two', async () => {
      const versions = [pattern(300_000), Buffer.alloc(150_000, 7), Buffer.alloc(1)];
      const digests = new Set(versions.map(digest));
      await store.put('whole', versions[0] as Buffer);
      const writer = (async () => {
        for (let round = 0; round < 40; round += 1) await store.put('whole', versions[round % 3] as Buffer);
        return 'written';
      })();
      let reads = 0;
      do {
        expect(digests).toContain(digest(await bytesAt('whole')));
        reads += 1;
      } while ((await Promise.race([writer, Promise.resolve('writing')])) === 'writing');
      expect(reads).toBeGreaterThan(1);
    });
  });
}

/** Runs `count` attempts; returns those that won. All others must have lost to a condition. */
async function winners(count: number, attempt: (index: number) => Promise<unknown>): Promise<number[]> {
  const results = await Promise.allSettled(Array.from({ length: count }, (_, index) => attempt(index)));
  for (const result of results)
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({ name: 'ObjectStoreError', code: 'precondition_failed' });
  return results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
}
