import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';
import { digest, inChunks, pattern } from '#core/storage/sample-bodies.suite.js';

/**
 * The contract of ObjectStore. `open` returns two stores on the same objects, like those of two processes;
 * each test uses folders of its own.
 */
export function describeObjectStore(name: string, open: () => Promise<[ObjectStore, ObjectStore]>): void {
  describe(`${name} keeps the contract of ObjectStore`, () => {
    let store: ObjectStore;
    let other: ObjectStore;
    let scratch: string;

    beforeAll(async () => {
      [store, other] = await open();
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
      ])('returns $body, put whole or as a stream', async ({ bytes }) => {
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

      test('reports the same version on put, head, get, read and list', async () => {
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

      test('gives every replacement of equal size another version, however fast they follow', async () => {
        const etags = new Set<string>();
        for (let round = 0; round < 30; round += 1)
          etags.add((await store.put('version/fast', Buffer.from(String(100 + round)))).etag);
        expect(etags.size).toBe(30);
      });

      test('rejects with not_found, and heads undefined, for a missing object', async () => {
        await expect(store.get('missing/one')).rejects.toMatchObject({ code: 'not_found', retryable: false });
        await expect(store.read('missing/one')).rejects.toMatchObject({ code: 'not_found' });
        await expect(store.openSource('missing/one', scratch)).rejects.toMatchObject({ code: 'not_found' });
        expect(await store.head('missing/one')).toBeUndefined();
      });

      test('releases a body that is never read', async () => {
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
      ])('$asked returns bytes $given', async ({ asked, given }) => {
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
      ])('under %s returns the sorted keys, after every key and with every page size', async (prefix) => {
        const all = [...under].sort().filter((key) => key.startsWith(prefix));
        for (const after of [undefined, ...under, 'list/b/', 'list/b/c/zz', 'zz', '!'])
          for (const limit of [1, 3, 1000]) {
            const page = await other.list(prefix, { limit, ...(after === undefined ? {} : { after }) });
            const wanted = all.filter((key) => key > (after ?? ''));
            expect(page.objects.map(({ key }) => key)).toEqual(wanted.slice(0, limit));
            expect(page.next).toBe(wanted.length > limit ? wanted[limit - 1] : undefined);
          }
      });

      test('pages of one object visit every object once', async () => {
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
      test('removes an object, and accepts one that is gone', async () => {
        await store.put('delete/deep/er/one', Buffer.from('1'));
        await other.delete('delete/deep/er/one');
        await other.delete('delete/deep/er/one');
        expect(await store.head('delete/deep/er/one')).toBeUndefined();
        expect((await store.list('delete/')).objects).toEqual([]);
      });

      test('and puts in the same folders do not disturb each other', async () => {
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
      test('returns a local file with the bytes, to several callers at once', async () => {
        const body = pattern(2_000_000);
        await store.put('source/clip', body);
        const sources = await Promise.all([1, 2, 3].map(() => store.openSource('source/clip', scratch)));
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
        'moves in a file of $bytes bytes',
        async ({ bytes }) => {
          const body = pattern(bytes);
          const path = await local(`moved-${bytes}`, body);
          const put = await store.putFile(`file/${bytes}`, path, { condition: 'absent' });
          expect(put).toEqual({ bytes, etag: (await other.head(`file/${bytes}`))?.etag });
          expect(digest(await bytesAt(`file/${bytes}`))).toBe(digest(body));
          await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
        },
      );

      test('keeps the file if a condition does not hold', async () => {
        await store.put('file/taken', Buffer.from('first'));
        const path = await local('kept', Buffer.from('second'));
        const put = store.putFile('file/taken', path, { condition: 'absent' });
        await expect(put).rejects.toMatchObject({ code: 'precondition_failed' });
        expect((await readFile(path)).toString()).toBe('second');
        expect((await bytesAt('file/taken')).toString()).toBe('first');
      });

      test('refuses a link, a folder and a missing path', async () => {
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

      test('of the maximum length are accepted', async () => {
        const key = `${'k'.repeat(255)}/${'l'.repeat(254)}/m`;
        expect(key).toHaveLength(512);
        await store.put(key, Buffer.from('x'));
        expect((await bytesAt(key)).toString()).toBe('x');
      });
    });

    test('check accepts a healthy store', async () => {
      await store.check();
      expect(await store.head('.check/writable')).toBeUndefined();
    });
  });
}
