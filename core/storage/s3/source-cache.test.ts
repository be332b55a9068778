import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SourceCache } from '#core/storage/s3/source-cache.js';

let directory: string;
let fetches: string[];
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'millrace-cache-')), 'sources');
  fetches = [];
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

const sourceOf = (name: string, bytes = 100) => ({ key: `sources/${name}`, etag: '"1"', bytes });

function openCache(maxBytes: number): SourceCache {
  return new SourceCache(directory, maxBytes, async (key, _etag, path) => {
    fetches.push(key);
    await writeFile(path, Buffer.alloc(100, key));
  });
}

test('downloads once for concurrent users, and again only for another version', async () => {
  const cache = openCache(1000);
  const sources = await Promise.all([1, 2, 3].map(() => cache.open(sourceOf('a'))));
  await cache.open(sourceOf('a'));
  expect(fetches).toEqual(['sources/a']);
  expect(await readFile(sources[0]?.path ?? '')).toEqual(Buffer.alloc(100, 'sources/a'));
  await cache.open({ ...sourceOf('a'), etag: '"2"' });
  expect(fetches).toEqual(['sources/a', 'sources/a']);
});

test('keeps files in use beyond its limit, and removes the least recently used first', async () => {
  const cache = openCache(250);
  const [a, b] = [await cache.open(sourceOf('a')), await cache.open(sourceOf('b'))];
  const [c, d] = [await cache.open(sourceOf('c')), await cache.open(sourceOf('d'))];
  expect(await readdir(directory)).toHaveLength(4);
  await b.release();
  await a.release();
  expect(await readdir(directory)).toHaveLength(2);
  await c.release();
  await d.release();
  await Promise.all([cache.open(sourceOf('c')), cache.open(sourceOf('d'))]);
  expect(fetches).toHaveLength(4);
});

test('a source released twice still counts its other users', async () => {
  const cache = openCache(0);
  const [first, second] = await Promise.all([cache.open(sourceOf('a')), cache.open(sourceOf('a'))]);
  await first.release();
  await first.release();
  expect(await readFile(second.path)).toHaveLength(100);
  await second.release();
  expect(await readdir(directory)).toEqual([]);
});

test('takes over an earlier process’s files within its limit, and removes partial ones', async () => {
  const source = await openCache(1000).open(sourceOf('a'));
  await writeFile(join(directory, 'half.partial'), 'x');
  const next = openCache(1000);
  expect((await next.open(sourceOf('a'))).path).toBe(source.path);
  expect(fetches).toHaveLength(1);
  expect(await readdir(directory)).toHaveLength(1);
});

test('downloads again a file that was removed from its folder', async () => {
  const cache = openCache(1000);
  const source = await cache.open(sourceOf('a'));
  await rm(source.path);
  const again = await Promise.all([cache.open(sourceOf('a')), cache.open(sourceOf('a'))]);
  expect(await readFile(again[0].path)).toHaveLength(100);
  expect(fetches).toHaveLength(2);
});

test('a failed download fails all its users, leaves nothing, and is tried again for the next', async () => {
  let failing = true;
  const cache = new SourceCache(directory, 1000, async (_key, _etag, path) => {
    await writeFile(path, 'half');
    if (failing) throw new Error('store down');
  });
  const results = await Promise.allSettled([cache.open(sourceOf('a')), cache.open(sourceOf('a'))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await readdir(directory)).toEqual([]);
  failing = false;
  expect((await cache.open(sourceOf('a'))).path).toContain(directory);
});
