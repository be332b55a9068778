import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '#core/runtime/log.js';
import { type Bundle, bundleSource } from '#fixtures/bundle-source.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { mountSmallDisk } from '#fixtures/small-disk.js';

let bundle: Bundle;
let folder: string;

beforeAll(async () => {
  bundle = await bundleSource('core/runtime/log.ts');
  folder = await mkdtemp(join(tmpdir(), 'millrace-log-'));
});
afterAll(async () => {
  await bundle.remove();
  await rm(folder, { recursive: true, force: true });
});

const script = `const { createLogger } = await import(process.argv[1]);
const log = createLogger('test');
for (let line = 0; line < 2000; line += 1) log.info({ line }, 'a line of about one hundred bytes of text');
setTimeout(() => { log.fatal('the last one'); process.exitCode = 3; }, 100);`;

/** Logs 2,000 lines in a process of its own. Resolves to its exit code. */
async function logFrom(command: string, stdout: 'pipe' | number): Promise<number | null> {
  const parameters = ['-c', command, process.execPath, '--input-type=module', '-e', script, bundle.file];
  const child = spawn('sh', parameters, { stdio: ['ignore', stdout, 'inherit'] });
  child.stdout?.destroy();
  return new Promise((ended) => child.once('exit', ended));
}

const plain = 'exec "$0" "$@"';

test.each([
  ['a full disk', plain, '/dev/full'],
  ['a pipe without a reader', plain, undefined],
  ['a limit on the size of files', `ulimit -f 8; ${plain}`, 'limited.log'],
])('a process goes on and keeps its exit code: %s', async (_name, command, file) => {
  const descriptor = file === undefined ? undefined : openSync(resolve(folder, file), 'a');
  expect(await logFrom(command, descriptor ?? 'pipe')).toBe(3);
  if (descriptor !== undefined) closeSync(descriptor);
});

test('lines are dropped while the disk is full; one line reports how many', async (context) => {
  const disk = await mountSmallDisk(1024 * 1024);
  if (typeof disk === 'string') return context.skip(disk);
  const path = join(disk.folder, 'service.log');
  const descriptor = openSync(path, 'a');
  try {
    const log = createLogger('test', 'info', descriptor);
    log.info('before');
    await disk.fill();
    for (let line = 0; line < 5_000; line += 1) log.info({ line }, 'while the disk is full');
    await disk.free();
    const lines = await pollUntil('the line that reports the loss', 10_000, async () => {
      log.info('after');
      const read = (await readFile(path, 'utf8')).trimEnd().split('\n');
      return read.some((line) => line.includes('were dropped')) ? read : undefined;
    });
    const entries = lines.map((line) => JSON.parse(line) as { msg: string; line?: number; dropped?: number });
    const kept = entries.filter(({ msg }) => msg === 'while the disk is full').map(({ line }) => line);
    const reports = entries.filter(({ dropped }) => dropped !== undefined);
    expect(kept).toEqual([...kept.keys()]);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ level: 40, dropped: 5_000 - kept.length, cause: 'ENOSPC' });
  } finally {
    closeSync(descriptor);
    await rm(path, { force: true });
    await disk.remove();
  }
});
