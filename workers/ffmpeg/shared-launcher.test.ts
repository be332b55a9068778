import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeRunLauncher, writeSharedLauncher } from '#workers/ffmpeg/shared-launcher.js';

const start = promisify(execFile);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace launcher '));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const hostile = ["it's", 'two words', '$(touch pwned)', '`id`', '"', '\\', 'a\nb', '*', ''];

it('passes arguments unchanged, whatever a shell would make of them', async () => {
  const printer = ['/usr/bin/env', 'printf', '%s\\0', ...hostile];
  await writeRunLauncher(folder, printer);
  const { stdout } = await start(join(folder, '.launch'), ['-i', "o'ther"], { cwd: folder });
  expect(stdout.split('\0')).toEqual([...hostile, '-i', "o'ther", '']);
});

it('runs the launcher of the working folder, or plain ffmpeg in a folder without one', async () => {
  const program = join(folder, "ff'mpeg");
  await writeFile(program, '#!/bin/sh\necho plain "$@"\n');
  await chmod(program, 0o755);
  const shared = await writeSharedLauncher(join(folder, 'shared'), program);
  expect((await start(shared, ['-formats'], { cwd: folder })).stdout).toBe('plain -formats\n');
  await writeRunLauncher(folder, ['/bin/echo', 'sandboxed']);
  expect((await start(shared, ['-i', 'x'], { cwd: folder })).stdout).toBe('sandboxed -i x\n');
});
