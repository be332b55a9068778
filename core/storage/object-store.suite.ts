import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';

export interface StoreUnderTest {
  /** Two stores on the same objects, as two processes have them. */
  stores: [ObjectStore, ObjectStore];
}

/** What every ObjectStore promises. `open` is called once; tests keep to folders of their own. */
export function describeObjectStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the promises of an ObjectStore`, () => {
    let store: ObjectStore;
    let other: ObjectStore;
    let scratch: string;

    beforeAll(async () => {
      [store, other] = (await open()).stores;
      scratch = await mkdtemp(join(tmpdir(), 'millrace-suite-'));
    });
    afterAll(() => rm(scratch, { recursive: true, force: true }));

    const bytesAt = async (key: string): Promise<Buffer> => (await other.read(key)).bytes;

    describe('put and get', () => {
      test.each([
        { body: 'nothing', bytes: 0 },
        { body: 'one byte', bytes: 1 },
        { body: 'a segment', bytes: 1_500_000 },
        { body: 'more than one part', bytes: 17 * 1_048_576 + 3 },
      ])('gives back $body, put whole or as a stream', async ({ bytes }) => {
        const body = pattern(bytes);
        for (const [key, sent] of [
          [`round/${bytes}/whole`, body],
          [`round/${bytes}/stream`, inChunks(body, 65_521)],
        ] as const) {
          const put = await store.put(key, sent);
          expect(put.bytes).toBe(bytes);
          const { body: got, range, ...head } = await other.get(key);
          expect(digest(await buffer(got))).toBe(digest(body));
          expect(range).toBeUndefined();
          expect(head).toMatchObject({ key, bytes, etag: put.etag });
        }
      });

      test('tells the same version on put, head, get, read and list', async () => {
        const { etag } = await store.put('version/record.json', Buffer.from('{}'));
        const heads = [
          await other.head('version/record.json'),
          await other.get('version/record.json').then(({ body, ...head }) => (body.destroy(), head)),
          (await other.read('version/record.json')).head,
          (await other.list('version/')).objects[0],
        ];
        expect(heads.map((head) => head?.etag)).toEqual([etag, etag, etag, etag]);
        expect(etag).toMatch(/^"[^"]+"$/);
        expect(heads[0]?.contentType).toBe('application/json');
        expect(Math.abs(Date.now() - Number(heads[0]?.lastModified))).toBeLessThan(60_000);
      });

      test('gives every replacement of equal size another version, however fast they come', async () => {
        const etags = new Set<string>();
        for (let round = 0; round < 30; round += 1)
          etags.add((await store.put('version/fast', Buffer.from(String(100 + round)))).etag);
        expect(etags.size).toBe(30);
      });

      test('says not_found, and heads nothing, where nothing is', async () => {
        await expect(store.get('missing/one')).rejects.toMatchObject({ code: 'not_found', retryable: false });
        await expect(store.read('missing/one')).rejects.toMatchObject({ code: 'not_found' });
        await expect(store.openSource('missing/one', scratch)).rejects.toMatchObject({ code: 'not_found' });
        expect(await store.head('missing/one')).toBeUndefined();
      });

      test('lets go of a body that nobody reads', async () => {
        await store.put('unread', pattern(3_000_000));
        for (let round = 0; round < 200; round += 1) (await store.get('unread')).body.destroy();
        expect(await store.head('unread')).toBeDefined();
      });
    });

    describe('ranges', () => {
      const body = pattern(1000);
      beforeAll(() => store.put('range', body).then(() => store.put('range-empty', Buffer.alloc(0))));

      test.each([
        { asked: { first: 0, last: 0 }, given: { first: 0, last: 0 } },
        { asked: { first: 10, last: 19 }, given: { first: 10, last: 19 } },
        { asked: { first: 990 }, given: { first: 990, last: 999 } },
        { asked: { first: 999, last: 5000 }, given: { first: 999, last: 999 } },
        { asked: { first: 0 }, given: { first: 0, last: 999 } },
      ])('$asked gives bytes $given', async ({ asked, given }) => {
        const got = await store.get('range', { range: asked });
        expect(got.range).toEqual(given);
        expect(got.bytes).toBe(1000);
        expect(await buffer(got.body)).toEqual(body.subarray(given.first, given.last + 1));
      });

      test.each([
        { key: 'range', range: { first: 1000 } },
        { key: 'range', range: { first: 1000, last: 2000 } },
        { key: 'range', range: { first: 5, last: 4 } },
        { key: 'range', range: { first: -1, last: 4 } },
        { key: 'range', range: { first: 0.5 } },
        { key: 'range-empty', range: { first: 0 } },
      ])('$range of $key is unsatisfiable', async ({ key, range }) => {
        await expect(store.get(key, { range })).rejects.toMatchObject({ code: 'range_unsatisfiable' });
      });
    });

    describe('a put that fails stores nothing', () => {
      test.each([
        { announced: 999, what: 'more bytes' },
        { announced: 1001, what: 'fewer bytes' },
      ])('$what than announced', async ({ announced }) => {
        const options = { contentLength: announced };
        await expect(store.put(`length/${announced}`, pattern(1000), options)).rejects.toMatchObject({
          code: 'length_mismatch',
        });
        const stream = inChunks(pattern(1000), 100);
        await expect(store.put(`length/${announced}`, stream, options)).rejects.toMatchObject({
          code: 'length_mismatch',
        });
        expect(stream.destroyed).toBe(true);
        expect(await store.head(`length/${announced}`)).toBeUndefined();
        expect((await store.put('length/exact', inChunks(pattern(9), 4), { contentLength: 9 })).bytes).toBe(
          9,
        );
      });

      test.each([{ at: 1000 }, { at: 20 * 1_048_576 }])(
        'a body that breaks after $at bytes',
        async ({ at }) => {
          await store.put(`broken/${at}`, Buffer.from('before'));
          const failure = new Error('the uploader went away');
          const put = store.put(`broken/${at}`, breakingAfter(at, failure));
          await expect(put).rejects.toBe(failure);
          expect((await bytesAt(`broken/${at}`)).toString()).toBe('before');
        },
      );

      test('a body that broke before it was asked for', async () => {
        const failure = new Error('the uploader went away at once');
        const body = new Readable({ read: () => undefined });
        const put = store.put('broken/early', body);
        body.destroy(failure);
        await expect(put).rejects.toBe(failure);
        expect(await store.head('broken/early')).toBeUndefined();
      });

      test('an abort in mid-body', async () => {
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
      test('create-only never replaces', async () => {
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

      test('a create-only stream of several parts that comes second leaves the first', async () => {
        const body = pattern(17_000_000);
        await store.put('create/parts', Buffer.from('first'));
        const second = other.put('create/parts', inChunks(body, 1_000_000), { condition: 'absent' });
        await expect(second).rejects.toMatchObject({ code: 'precondition_failed' });
        expect((await bytesAt('create/parts')).toString()).toBe('first');
      });

      test('of 50 that create at once, one wins and its bytes stand', async () => {
        const won = await winners(50, (index) =>
          (index % 2 ? store : other).put('create/race', Buffer.from(`writer ${index}`), {
            condition: 'absent',
          }),
        );
        expect(won).toHaveLength(1);
        expect((await bytesAt('create/race')).toString()).toBe(`writer ${won[0]}`);
      });

      test('of 50 that replace one version at once, one wins and its bytes stand', async () => {
        const { etag } = await store.put('swap/race', Buffer.from('before'));
        const won = await winners(50, (index) =>
          (index % 2 ? store : other).put('swap/race', Buffer.from(`writer ${index}`), {
            condition: { etag },
          }),
        );
        expect(won).toHaveLength(1);
        expect((await bytesAt('swap/race')).toString()).toBe(`writer ${won[0]}`);
      });

      test('a version is replaced once: the old one never matches again', async () => {
        const first = await store.put('swap/chain', Buffer.from('1'), { condition: 'absent' });
        const second = await other.put('swap/chain', Buffer.from('2'), { condition: { etag: first.etag } });
        const stale = store.put('swap/chain', Buffer.from('3'), { condition: { etag: first.etag } });
        await expect(stale).rejects.toMatchObject({ code: 'precondition_failed' });
        await store.put('swap/chain', inChunks(Buffer.from('44'), 1), { condition: { etag: second.etag } });
        expect((await bytesAt('swap/chain')).toString()).toBe('44');
      });

      test('nothing is no version', async () => {
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

    describe('list', () => {
      const keys = [
        'a',
        'a-b/1',
        'a.json',
        'b/1',
        'b/10',
        'b/2',
        'b/c.d/e',
        'b/c/d',
        'b/c0',
        'b0',
        'z/Z',
        'z/_',
        'z/a',
      ];
      const under = keys.map((key) => `list/${key}`);
      beforeAll(() => Promise.all([...under].reverse().map((key) => store.put(key, Buffer.from(key)))));

      test.each([
        'list/',
        'list',
        'list/b',
        'list/b/',
        'list/b/c',
        'list/b/c/',
        'list/a-b/1',
        'list/none',
        'list/z',
      ])('under %s, after every key and by every page size, gives the sorted keys', async (prefix) => {
        const all = [...under].sort().filter((key) => key.startsWith(prefix));
        for (const after of [undefined, ...under, 'list/b/', 'list/b/c/zz', 'zz', '!'])
          for (const limit of [1, 3, 1000]) {
            const page = await other.list(prefix, { limit, ...(after === undefined ? {} : { after }) });
            const wanted = all.filter((key) => key > (after ?? ''));
            expect(page.objects.map(({ key }) => key)).toEqual(wanted.slice(0, limit));
            expect(page.next).toBe(wanted.length > limit ? wanted[limit - 1] : undefined);
          }
      });

      test('pages of one visit everything once', async () => {
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await store.list('list/', { limit: 1, ...(after ? { after } : {}) });
          seen.push(...page.objects.map(({ key }) => key));
          after = page.next;
        } while (after);
        expect(seen).toEqual([...under].sort());
        const walked: string[] = [];
        for await (const { key, bytes } of listAll(store, 'list/')) {
          expect(bytes).toBe(key.length);
          walked.push(key);
        }
        expect(walked).toEqual(seen);
      });
    });

    describe('delete', () => {
      test('removes, and does not mind what is not there', async () => {
        await store.put('delete/deep/er/one', Buffer.from('1'));
        await other.delete('delete/deep/er/one');
        await other.delete('delete/deep/er/one');
        expect(await store.head('delete/deep/er/one')).toBeUndefined();
        expect((await store.list('delete/')).objects).toEqual([]);
      });

      test('and puts beside it do not disturb each other', async () => {
        await Promise.all(
          Array.from({ length: 40 }, async (_, index) => {
            const key = `churn/folder/${index % 4}/x${index}`;
            await (index % 2 ? store : other).put(key, Buffer.from('1'), { condition: 'absent' });
            await (index % 3 ? store : other).delete(key);
          }),
        );
        expect((await store.list('churn/')).objects).toEqual([]);
      });
    });

    describe('openSource', () => {
      test('gives a local file with the bytes, to several at once', async () => {
        const body = pattern(2_000_000);
        await store.put('source/film', body);
        const sources = await Promise.all([1, 2, 3].map(() => store.openSource('source/film', scratch)));
        for (const source of sources) {
          expect(digest(await readFile(source.path))).toBe(digest(body));
          await source.release();
          await source.release();
        }
      });
    });

    describe('putFile', () => {
      const local = async (name: string, body: Buffer): Promise<string> => {
        const path = join(scratch, name);
        await writeFile(path, body);
        return path;
      };

      test.each([{ bytes: 0 }, { bytes: 3000 }, { bytes: 20_000_000 }])(
        'moves a file of $bytes bytes in',
        async ({ bytes }) => {
          const body = pattern(bytes);
          const path = await local(`moved-${bytes}`, body);
          const put = await store.putFile(`file/${bytes}`, path, { condition: 'absent' });
          expect(put).toEqual({ bytes, etag: (await other.head(`file/${bytes}`))?.etag });
          expect(digest(await bytesAt(`file/${bytes}`))).toBe(digest(body));
          await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
        },
      );

      test('leaves the file where a condition does not hold', async () => {
        await store.put('file/taken', Buffer.from('first'));
        const path = await local('kept', Buffer.from('second'));
        const put = store.putFile('file/taken', path, { condition: 'absent' });
        await expect(put).rejects.toMatchObject({ code: 'precondition_failed' });
        expect((await readFile(path)).toString()).toBe('second');
        expect((await bytesAt('file/taken')).toString()).toBe('first');
      });

      test('refuses a link and a path with nothing at it', async () => {
        const link = join(scratch, 'link');
        await symlink('/etc/passwd', link);
        for (const path of [link, join(scratch, 'nothing'), scratch])
          await expect(store.putFile('file/refused', path)).rejects.toMatchObject({ code: 'not_found' });
        expect(await store.head('file/refused')).toBeUndefined();
      });
    });

    describe('keys', () => {
      test.each([
        '',
        '/',
        '/etc/passwd',
        'a//b',
        'a/',
        '..',
        '../a',
        'a/../b',
        'a/./b',
        'a\\..\\b',
        'a\0b',
        'a b',
        '%2e%2e/a',
        'é',
        'x'.repeat(256),
        `${'x/'.repeat(256)}x`,
      ])('%j names no object', async (key) => {
        const refused = { code: 'invalid_key', retryable: false };
        const path = join(scratch, 'valid');
        await writeFile(path, 'x');
        await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject(refused);
        await expect(store.putFile(key, path)).rejects.toMatchObject(refused);
        await expect(store.get(key)).rejects.toMatchObject(refused);
        await expect(store.read(key)).rejects.toMatchObject(refused);
        await expect(store.head(key)).rejects.toMatchObject(refused);
        await expect(store.delete(key)).rejects.toMatchObject(refused);
        await expect(store.openSource(key, scratch)).rejects.toMatchObject(refused);
      });

      test.each(['../', '/', 'a//', 'a/../', '\0'])('%j is no prefix', async (prefix) => {
        await expect(store.list(prefix)).rejects.toMatchObject({ code: 'invalid_key' });
      });

      test('the longest are taken', async () => {
        const key = `${'k'.repeat(255)}/${'l'.repeat(254)}/m`;
        expect(key).toHaveLength(512);
        await store.put(key, Buffer.from('x'));
        expect((await bytesAt(key)).toString()).toBe('x');
      });
    });

    test('check finds the store fit', async () => {
      await store.check();
      expect(await store.head('.check/writable')).toBeUndefined();
    });
  });
}

/** Bytes that no two places of have in common for long, so that parts in a wrong order show. */
function pattern(bytes: number): Buffer {
  const block = createHash('sha512').update(String(bytes)).digest();
  const body = Buffer.alloc(bytes, block);
  for (let offset = 0; offset + 4 <= bytes; offset += 4096) body.writeUInt32BE(offset, offset);
  return body;
}

function inChunks(body: Buffer, chunkBytes: number): Readable {
  const count = Math.ceil(body.length / chunkBytes);
  return Readable.from(
    Array.from({ length: count }, (_, index) => body.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
  );
}

function breakingAfter(bytes: number, failure: Error): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let sent = 0; sent < bytes; sent += 65_536) yield pattern(Math.min(65_536, bytes - sent));
    throw failure;
  }
  return Readable.from(chunks());
}

function digest(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

/** Who of `count` got through; everybody else must have lost to a condition. */
async function winners(count: number, attempt: (index: number) => Promise<unknown>): Promise<number[]> {
  const results = await Promise.allSettled(Array.from({ length: count }, (_, index) => attempt(index)));
  for (const result of results)
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({ name: 'ObjectStoreError', code: 'precondition_failed' });
  return results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
}
