import { linkSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeyLock } from '#core/storage/directory/key-lock.js';
import {
  identifyThisProcess,
  livenessOf,
  type ProcessIdentity,
} from '#core/storage/directory/process-identity.js';
import { openLayout, type StoreLayout } from '#core/storage/directory/store-layout.js';
import { StoreOwner } from '#core/storage/directory/store-owner.js';

const here = identifyThisProcess();
/** Linux process ids end at 4,194,304. */
const noProcessId = 99_999_999;
const patient = { waitMs: 20_000, strangerMs: 10_000 };
const hasty = { waitMs: 10_000, strangerMs: 100 };

let layout: StoreLayout;
let owner: StoreOwner;

beforeEach(async () => {
  layout = await openLayout(await mkdtemp(join(tmpdir(), 'millrace-lock-')));
  owner = new StoreOwner(layout);
});
afterEach(() => rm(layout.root, { recursive: true, force: true }));

/** Finds the path of the lock for `key` by holding it. */
async function lockOf(key: string): Promise<string> {
  return new KeyLock(layout, owner).run(key, () =>
    join(layout.locks, readdirSync(layout.locks)[0] ?? 'none'),
  );
}

/** Leaves a lock as a dead holder does: a link to a file that names the holder. */
function leaveLock(path: string, ownerId: string, holder: ProcessIdentity | string): string {
  const file = join(layout.owners, ownerId);
  writeFileSync(file, typeof holder === 'string' ? holder : JSON.stringify({ ownerId, process: holder }));
  linkSync(file, path);
  return file;
}

test('a lock is free again after its section, even if that throws', async () => {
  const lock = new KeyLock(layout, owner);
  expect(await lock.run('key', () => readdirSync(layout.locks).length)).toBe(1);
  await expect(
    lock.run('key', () => {
      throw new Error('section');
    }),
  ).rejects.toThrow('section');
  expect(await readdir(layout.locks)).toEqual([]);
});

test('a lock can be taken after the folder of owners was emptied', async () => {
  owner.writeFile();
  unlinkSync(owner.file);
  expect(await new KeyLock(layout, owner).run('key', () => 'held')).toBe('held');
});

describe('a lock left behind', () => {
  test.each([
    { holder: 'a process that ended', process: { ...here, pid: noProcessId } },
    { holder: 'an earlier process with the id of a living one', process: { ...here, startTicks: '1' } },
    { holder: 'a file truncated by a full disk', process: '' },
    { holder: 'a file truncated by a power failure', process: '{"ownerId":"x' },
  ])('by $holder is taken at once', async ({ process }) => {
    const path = await lockOf('key');
    leaveLock(path, 'dead', process);
    expect(await new KeyLock(layout, owner, patient).run('key', () => 'held')).toBe('held');
    expect(await readdir(layout.locks)).toEqual([]);
  });

  test('by a waiter that died while it took over from a dead holder is taken too', async () => {
    const path = await lockOf('key');
    leaveLock(path, 'dead', { ...here, pid: noProcessId });
    leaveLock(`${path}.dead`, 'dead-as-well', { ...here, pid: noProcessId - 1 });
    expect(await new KeyLock(layout, owner, patient).run('key', () => 'held')).toBe('held');
    expect(await readdir(layout.locks)).toEqual([]);
  });

  test('by another host is taken after a long silence', async () => {
    const path = await lockOf('key');
    leaveLock(path, 'stranger', { ...here, system: 'elsewhere' });
    expect(await new KeyLock(layout, owner, hasty).run('key', () => 'held')).toBe('held');
    expect(await readdir(layout.locks)).toEqual([]);
  });
});

describe('a held lock', () => {
  test('of a living process is waited for, then reported with its holder', async () => {
    const path = await lockOf('key');
    leaveLock(path, 'frozen', here);
    const run = new KeyLock(layout, owner, { waitMs: 100, strangerMs: 10 }).run('key', () => 'held');
    await expect(run).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`process ${process.pid}`) as unknown,
    });
  });

  test('of a stranger that shows signs of life is not taken', async () => {
    const path = await lockOf('key');
    const file = leaveLock(path, 'stranger', { ...here, system: 'elsewhere' });
    // The stranger takes and releases another lock in the meantime.
    const signs = setInterval(() => {
      linkSync(file, join(layout.locks, 'other'));
      unlinkSync(join(layout.locks, 'other'));
    }, 10);
    const run = new KeyLock(layout, owner, { waitMs: 600, strangerMs: 300 }).run('key', () => 'held');
    await expect(run).rejects.toMatchObject({ code: 'unavailable' });
    clearInterval(signs);
  });

  test('of one key blocks no other key', async () => {
    leaveLock(await lockOf('key'), 'frozen', here);
    expect(await new KeyLock(layout, owner).run('other', () => 'held')).toBe('held');
  });
});

test.each([
  { process: here, what: 'alive' },
  { process: { ...here, pid: noProcessId }, what: 'dead' },
  { process: { ...here, startTicks: '1' }, what: 'dead' },
  { process: { ...here, system: 'elsewhere' }, what: 'unknown' },
  { process: { system: here.system, pid: 1 }, what: 'unknown' },
])('the process %# is $what', ({ process, what }) => {
  expect(livenessOf(process, here)).toBe(what);
});
