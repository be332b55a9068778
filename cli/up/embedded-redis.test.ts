import { mkdir, mkdtemp, open, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DataFolder, dataFolderOf, openDataFolder } from '#cli/instance/data-folder.js';
import { isDamageReported } from '#cli/up/append-only-folder.js';
import { type EmbeddedRedis, redisSocketOf, startRedis } from '#cli/up/embedded-redis.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { pollUntil } from '#fixtures/poll-until.js';

let folder: DataFolder;
let server: EmbeddedRedis | undefined;
let client: Redis;
let notices: string[];
let crashes: string[];

beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), 'millrace-embedded-'));
  const { stdout, stderr } = process;
  const context = { environment: {}, installDirectory: home, homeDirectory: home, stdout, stderr };
  folder = dataFolderOf(context, home);
  await openDataFolder(folder);
  [notices, crashes] = [[], []];
  server = await start();
  client = connectRedis(server.url, 'request');
  client.on('error', () => undefined);
  await waitForRedis(client, 5_000);
});
afterEach(async () => {
  client.disconnect();
  await server?.process.stop(AbortSignal.abort());
  await rm(folder.path, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedRedis> {
  return startRedis({
    folder,
    socket: await redisSocketOf(folder),
    environment: { PATH: process.env.PATH },
    listener: { started: () => undefined, crashed: (_name, reason) => crashes.push(reason) },
    notice: (message) => notices.push(message),
  });
}

/** Fills the base file and the file after it; resolves to their paths. */
async function fillFiles(): Promise<{ base: string; increment: string }> {
  for (let key = 0; key < 500; key += 1) await client.set(`key-${key}`, `value ${key} `.repeat(20));
  await client.bgrewriteaof();
  const files = join(folder.redis, 'appendonlydir');
  const find = async (name: RegExp): Promise<string | undefined> => {
    const found = (await readdir(files)).filter((file) => name.test(file));
    return found.length === 1 && found[0] !== undefined ? join(files, found[0]) : undefined;
  };
  const base = await pollUntil('a second base file', 10_000, () => find(/\.2\.base\.rdb$/));
  for (let key = 0; key < 500; key += 1) await client.set(`later-${key}`, `value ${key} `.repeat(20));
  const increment = await pollUntil('its increment', 10_000, () => find(/\.2\.incr\.aof$/));
  return { base, increment };
}

async function killRedis(): Promise<void> {
  const [, pid = ''] = /process_id:(\d+)/.exec(await client.info('server')) ?? [];
  process.kill(Number(pid), 'SIGKILL');
}

async function garble(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.alloc(1_000, 0xa5), 0, 1_000, Math.floor(size / 2));
  await file.close();
}

const damagedFolders = async (): Promise<string[]> =>
  (await readdir(folder.redis)).filter((name) => name.startsWith('appendonlydir.damaged-')).sort();

test.each([
  ['a truncated base file', ({ base }: { base: string }) => truncate(base, 5_000)],
  ['a garbled increment', ({ increment }: { increment: string }) => garble(increment)],
])('under a running instance, %s is moved aside at the restart and kept', async (_name, damage) => {
  server?.process.supervise();
  const files = await fillFiles();
  for (const age of [1_000_000_000_001, 1_000_000_000_002])
    await mkdir(join(folder.redis, `appendonlydir.damaged-${age}`));
  await damage(files);
  await killRedis();
  await pollUntil(
    () => `Redis does not come back: ${crashes.join('; ')}`,
    20_000,
    async () => (notices.length > 0 && (await client.ping().catch(() => undefined)) === 'PONG') || undefined,
  );
  expect(await client.dbsize()).toBe(0);
  await client.set('written', 'after');
  expect(crashes[0]).toBe('ended by SIGKILL');
  expect(crashes).toHaveLength(2);
  const [aside, newest] = await damagedFolders();
  expect([aside, notices]).toEqual([
    'appendonlydir.damaged-1000000000002',
    [expect.stringContaining(newest ?? 'nothing')],
  ]);
  expect((await readdir(join(folder.redis, newest ?? ''))).length).toBeGreaterThan(0);
});

test('after SIGKILL alone, the append-only file is loaded and nothing is moved', async () => {
  server?.process.supervise();
  await fillFiles();
  await killRedis();
  const keys = await pollUntil('Redis is back', 20_000, async () =>
    crashes.length > 0 ? client.dbsize().catch(() => undefined) : undefined,
  );
  expect(keys).toBeGreaterThanOrEqual(500);
  expect(await damagedFolders()).toEqual([]);
});

test.each([
  ['a full disk', 'Loading RDB\nError writing the AOF manifest file: No space left on device', false],
  ['a wrong setting', '*** FATAL CONFIG FILE ERROR ***\nBad directive or wrong number of arguments', false],
  [
    'an end after the load',
    'Reading RDB base file on AOF loading\nReady to accept connections unix\nx',
    false,
  ],
  [
    'a manifest that is no manifest',
    '*** FATAL AOF MANIFEST FILE ERROR ***\n>>> junk\nInvalid AOF manifest',
    true,
  ],
  [
    'a crash while it loads',
    '=== REDIS BUG REPORT START: Cut here ===\nRedis 7.0.15 crashed by signal: 11\nx',
    true,
  ],
])('judges the log of %s', (_name, logged, isDamaged) => {
  expect(isDamageReported(logged)).toBe(isDamaged);
});
