import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CliContext } from '#cli/context/cli-context.js';
import { type DataFolder, dataFolderOf, openDataFolder } from '#cli/instance/data-folder.js';
import { lockFolder } from '#cli/instance/folder-lock.js';
import { writeInstance } from '#cli/instance/instance-file.js';
import { identifyProcess, identifyThisProcess } from '#core/storage/directory/process-identity.js';

let folder: DataFolder;

beforeEach(async () => {
  const path = await mkdtemp(`${tmpdir()}/millrace-lock-`);
  const context: CliContext = {
    environment: {},
    installDirectory: path,
    homeDirectory: path,
    stdout: process.stdout,
    stderr: process.stderr,
  };
  folder = dataFolderOf(context, path);
  await openDataFolder(folder);
});
afterEach(() => rm(folder.path, { recursive: true, force: true }));

/** Identity of a process that has exited. */
async function deadProcess() {
  const child = spawn('true', { stdio: 'ignore' });
  const identity = identifyProcess(child.pid as number);
  await new Promise((resolve) => child.once('close', resolve));
  return identity;
}

test('refuses a second holder and names the address of the first', async () => {
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(/already runs in .* and is still starting/);
  await writeInstance(folder, {
    schemaVersion: 1,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    apiUrl: 'http://127.0.0.1:8081',
    apiKey: 'key',
    deliveryUrl: 'http://127.0.0.1:8080',
    originUrl: 'http://127.0.0.1:8082',
    redisUrl: 'unix:///redis.sock',
    storageUrl: 'file:///objects',
    edges: [],
  });
  await expect(lockFolder(folder)).rejects.toThrow('at http://127.0.0.1:8080/');
  await unlock();
  await (await lockFolder(folder))();
});

test('takes over the lock of a dead process', async () => {
  await writeFile(folder.lockFile, JSON.stringify(await deadProcess()));
  const unlock = await lockFolder(folder);
  expect(JSON.parse(await readFile(folder.lockFile, 'utf8'))).toMatchObject({ pid: process.pid });
  await unlock();
});

test('does not take a process with a reused id for the holder', async () => {
  await writeFile(folder.lockFile, JSON.stringify({ ...identifyThisProcess(), startTicks: '1' }));
  await (await lockFolder(folder))();
});

test('takes over a damaged lock', async () => {
  await writeFile(folder.lockFile, '{');
  await (await lockFolder(folder))();
});

test('respects a holder in another container while it touches its lock', async () => {
  await writeFile(folder.lockFile, JSON.stringify({ system: 'elsewhere', pid: 1 }));
  await expect(lockFolder(folder)).rejects.toThrow('already runs');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(folder.lockFile, longAgo, longAgo);
  await (await lockFolder(folder))();
});

test('lets exactly one of many contenders take over a dead lock', async () => {
  await writeFile(folder.lockFile, JSON.stringify(await deadProcess()));
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value();
  expect((await readdir(folder.path)).filter((name) => name.startsWith('lock.json'))).toEqual([]);
});
