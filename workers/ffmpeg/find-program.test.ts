import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findProgram } from '#workers/ffmpeg/find-program.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-programs-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('finds only executable programs on PATH', async () => {
  await writeFile(join(folder, 'tool'), '');
  expect(await findProgram('tool', `:${folder}`)).toBeUndefined();
  await chmod(join(folder, 'tool'), 0o755);
  expect(await findProgram('tool', `/nowhere:${folder}`)).toBe(join(folder, 'tool'));
  expect(await findProgram(join(folder, 'absent'), '')).toBeUndefined();
});
