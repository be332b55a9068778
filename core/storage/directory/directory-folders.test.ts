import { createHash } from 'node:crypto';
import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryObjectStore } from '#core/storage/directory/directory-object-store.js';
import { toStoreError } from '#core/storage/directory/to-store-error.js';
import { ObjectStoreError } from '#core/storage/object-store.js';
import { mountSmallDisk } from '#fixtures/small-disk.js';

let directory: string;
let store: DirectoryObjectStore;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'millrace-store-')));
  store = new DirectoryObjectStore(join(directory, 'store'));
  await store.check();
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const inStore = (...path: string[]): string => join(directory, 'store', ...path);

test('an object is a plain file under its key, and a source is that file', async () => {
  await store.put('media/x/00001.m4s', Buffer.from('segment'));
  expect(await readFile(inStore('objects/media/x/00001.m4s'), 'utf8')).toBe('segment');
  const source = await store.openSource('media/x/00001.m4s', '/nowhere');
  expect(source.path).toBe(inStore('objects/media/x/00001.m4s'));
  await source.release();
  expect(await readFile(source.path, 'utf8')).toBe('segment');
});

test('a store whose volume is not mounted is away, and its objects are not missing', async () => {
  await store.put('media/x', Buffer.from('segment'));
  await rename(inStore(), join(directory, 'unmounted'));
  await mkdir(inStore());
  const away = { code: 'unavailable', message: expect.stringContaining('is the volume mounted?') as string };
  await expect(store.head('media/x')).rejects.toMatchObject(away);
  await expect(store.read('media/x')).rejects.toMatchObject(away);
  await expect(store.list('')).rejects.toMatchObject(away);
  await expect(store.put('media/y', Buffer.from('x'))).rejects.toMatchObject(away);
  await expect(store.openSource('media/x', directory)).rejects.toMatchObject(away);
  await expect(store.check()).rejects.toMatchObject(away);
  expect(await readdir(inStore())).toEqual([]);
  await rmdir(inStore());
  await rename(join(directory, 'unmounted'), inStore());
  expect((await store.read('media/x')).bytes.toString()).toBe('segment');
});

test('no operation follows a symbolic link to a folder outside', async () => {
  const outside = join(directory, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'secret'), 'secret');
  await symlink(outside, inStore('objects/way'));
  const refused = { code: 'invalid_key' };
  await expect(store.get('way/secret')).rejects.toMatchObject(refused);
  await expect(store.read('way/secret')).rejects.toMatchObject(refused);
  await expect(store.head('way/secret')).rejects.toMatchObject(refused);
  await expect(store.put('way/new', Buffer.from('x'))).rejects.toMatchObject(refused);
  await expect(store.put('way/new', Buffer.from('x'), { condition: 'absent' })).rejects.toMatchObject(
    refused,
  );
  await expect(store.delete('way/secret')).rejects.toMatchObject(refused);
  await expect(store.openSource('way/secret', directory)).rejects.toMatchObject(refused);
  expect((await store.list('')).objects).toEqual([]);
  expect(await readdir(outside)).toEqual(['secret']);
});

test('a symbolic link under an object’s key is not an object, and is replaced, not followed', async () => {
  const target = join(directory, 'target');
  await writeFile(target, 'secret');
  await symlink(target, inStore('objects/clip'));
  expect(await store.head('clip')).toBeUndefined();
  await expect(store.get('clip')).rejects.toMatchObject({ code: 'invalid_key' });
  await expect(store.openSource('clip', directory)).rejects.toMatchObject({ code: 'not_found' });
  expect((await store.list('')).objects).toEqual([]);
  await store.put('clip', Buffer.from('ours'));
  expect(await readFile(target, 'utf8')).toBe('secret');
  expect((await store.read('clip')).bytes.toString()).toBe('ours');
});

test('no key is another key’s folder', async () => {
  await store.put('a/b', Buffer.from('1'));
  for (const condition of [undefined, 'absent'] as const)
    for (const key of ['a', 'a/b/c', 'a/b/c/d'])
      await expect(store.put(key, Buffer.from('2'), condition ? { condition } : {})).rejects.toMatchObject({
        code: 'invalid_key',
      });
  expect(await store.head('a')).toBeUndefined();
  await expect(store.get('a')).rejects.toMatchObject({ code: 'not_found' });
  await expect(store.get('a/b/c')).rejects.toMatchObject({ code: 'not_found' });
  await store.delete('a');
  expect((await store.read('a/b')).bytes.toString()).toBe('1');
});

test('deleting the last object of a folder removes the folder', async () => {
  await store.put('media/x/v/1', Buffer.from('1'));
  await store.put('media/x/v/2', Buffer.from('2'));
  await store.delete('media/x/v/1');
  expect(await readdir(inStore('objects/media/x/v'))).toEqual(['2']);
  await store.delete('media/x/v/2');
  expect(await readdir(inStore('objects'))).toEqual([]);
});

test('files whose names are not keys are not listed', async () => {
  await writeFile(inStore('objects/not a key'), 'x');
  await store.put('key', Buffer.from('x'));
  expect((await store.list('')).objects.map(({ key }) => key)).toEqual(['key']);
});

test('a store that opens removes temporary files without an owner after an hour', async () => {
  await writeFile(inStore('temporary/old'), 'x');
  await writeFile(inStore('temporary/new'), 'x');
  const twoHoursAgo = Date.now() / 1000 - 7200;
  await utimes(inStore('temporary/old'), twoHoursAgo, twoHoursAgo);
  await new DirectoryObjectStore(inStore()).check();
  expect(await readdir(inStore('temporary'))).toEqual(['new']);
});

test('a truncated owner file belongs to no process: it is swept and its lock is taken over', async () => {
  await store.put('one', Buffer.from('1'));
  await store.close();
  const owner = inStore('owners/0123456789abcdef');
  await writeFile(owner, '');
  await writeFile(inStore('temporary/0123456789abcdef.1'), 'x');
  const lock = createHash('sha256').update('one').digest('hex').slice(0, 32);
  await link(owner, inStore('locks', lock));
  store = new DirectoryObjectStore(inStore());
  // A lock of a process that cannot be checked would be waited for, 15 s long.
  await store.put('one', Buffer.from('2'));
  expect(await readdir(inStore('locks'))).toEqual([]);
  expect(await readdir(inStore('owners'))).toHaveLength(1);
  expect(await readdir(inStore('owners'))).not.toContain('0123456789abcdef');
  expect(await readdir(inStore('temporary'))).toEqual([]);
});

test('on a full disk a store opens and reads; a refused put leaves nothing', async (context) => {
  const disk = await mountSmallDisk(1024 * 1024);
  if (typeof disk === 'string') return context.skip(disk);
  const first = new DirectoryObjectStore(disk.folder);
  await first.put('one', Buffer.from('1'));
  await first.close();
  await disk.fill();
  const second = new DirectoryObjectStore(disk.folder);
  try {
    expect((await second.read('one')).bytes.toString()).toBe('1');
    const full = { code: 'no_space', message: expect.stringContaining('free some') as string };
    await expect(second.put('two', Buffer.from('2'))).rejects.toMatchObject(full);
    await expect(second.check()).rejects.toMatchObject(full);
    for (const folder of ['temporary', 'locks', 'owners'])
      expect(await readdir(join(disk.folder, folder))).toEqual([]);
    await disk.free();
    await second.put('two', Buffer.from('2'));
    expect((await second.list('')).objects.map(({ key }) => key)).toEqual(['one', 'two']);
  } finally {
    await second.close();
    await disk.remove();
  }
});

test('a store that closes leaves only objects', async () => {
  await store.put('one', Buffer.from('1'));
  await store.put('one', Buffer.from('2'));
  await expect(store.put('one', Buffer.from('3'), { condition: { etag: '"x"' } })).rejects.toThrow();
  await store.close();
  for (const folder of ['temporary', 'locks', 'owners']) expect(await readdir(inStore(folder))).toEqual([]);
});

test('a file is moved in without copying its bytes', async () => {
  const path = join(directory, 'upload');
  await writeFile(path, 'clip');
  await link(path, join(directory, 'same'));
  await store.putFile('sources/clip', path);
  await writeFile(join(directory, 'same'), 'CLIP');
  expect((await store.read('sources/clip')).bytes.toString()).toBe('CLIP');
});

test('a store whose path is a file says so, and works once it is a folder', async () => {
  const path = join(directory, 'file');
  await writeFile(path, 'x');
  const blocked = new DirectoryObjectStore(path);
  await expect(blocked.put('a', Buffer.from('x'))).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/file: not a folder \(EEXIST\)/) as unknown,
  });
  await rm(path);
  await blocked.put('a', Buffer.from('x'));
  expect((await blocked.read('a')).bytes.toString()).toBe('x');
});

test.each([
  { errno: 'ENOSPC', code: 'no_space', retryable: true, says: /no space left \(ENOSPC\): free some/ },
  { errno: 'EDQUOT', code: 'no_space', retryable: true, says: /no space left \(EDQUOT\)/ },
  { errno: 'EACCES', code: 'unavailable', retryable: true, says: /not allowed \(EACCES\): give this user/ },
  { errno: 'EROFS', code: 'unavailable', retryable: true, says: /not allowed \(EROFS\)/ },
  { errno: 'EMFILE', code: 'unavailable', retryable: true, says: /too many open files \(EMFILE\)/ },
  { errno: 'EIO', code: 'unavailable', retryable: true, says: /EIO: broken disk/ },
  { errno: 'ENOENT', code: 'not_found', retryable: false, says: /not found/ },
])('$errno becomes $code', ({ errno, code, retryable, says }) => {
  const error = Object.assign(new Error(`${errno}: broken disk`), { code: errno, syscall: 'write' });
  const translated = toStoreError(error, 'clip', '/store');
  expect(translated).toBeInstanceOf(ObjectStoreError);
  expect(translated).toMatchObject({ code, retryable, key: 'clip', cause: error });
  expect((translated as Error).message).toMatch(says);
});

test('pages of any tree are the sorted keys, for any prefix', async () => {
  const element = fc.stringMatching(/^[ab.-]{1,2}$/).filter((name) => name !== '.' && name !== '..');
  const key = fc.array(element, { minLength: 1, maxLength: 3 }).map((elements) => elements.join('/'));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { maxLength: 25 }), key, fc.nat(5), async (keys, base, limit) => {
      const tree = new DirectoryObjectStore(join(directory, 'tree'));
      const free = keys.filter((one) => !keys.some((other) => other.startsWith(`${one}/`)));
      for (const one of free) await tree.put(one, Buffer.from('x'));
      const prefix = base.slice(0, limit % (base.length + 1)).replace(/(^|\/)\.{1,2}$/, '');
      const listed: string[] = [];
      let after: string | undefined;
      do {
        const page = await tree.list(prefix, { limit: limit + 1, ...(after ? { after } : {}) });
        listed.push(...page.objects.map((object) => object.key));
        after = page.next;
      } while (after);
      expect(listed).toEqual(free.filter((one) => one.startsWith(prefix)).sort());
      await rm(join(directory, 'tree'), { recursive: true, force: true });
    }),
    { numRuns: 40, seed: 20_260 },
  );
});
