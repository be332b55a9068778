import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadCapabilities, runFfmpeg } from '#workers/ffmpeg/run-ffmpeg.js';

it('leaves the first run nothing but ffmpeg itself to start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-capabilities-'));
  try {
    const launcher = join(folder, 'launcher');
    const calls = join(folder, 'calls');
    await writeFile(launcher, `#!/bin/sh\necho "$1" >> '${calls}'\nexec ffmpeg "$@"\n`);
    await chmod(launcher, 0o755);
    await loadCapabilities(launcher);
    const listed = (await readFile(calls, 'utf8')).trim().split('\n');
    expect(listed.toSorted()).toEqual(['-encoders', '-formats']);
    await runFfmpeg({
      sharedLauncher: launcher,
      folder,
      inputs: [{ path: 'color=size=16x16:duration=0.1', options: ['-f', 'lavfi'] }],
      graph: '[0:0]null[v]',
      outputs: [{ path: '-', options: ['-map', '[v]', '-f', 'null'] }],
      cpuSeconds: 10,
      scheduled: { started: () => undefined, stoppedMs: () => 0 },
      signal: undefined,
      onProgress: undefined,
    });
    const started = (await readFile(calls, 'utf8')).trim().split('\n').slice(listed.length);
    expect(started).toHaveLength(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('leaves the reason to the first run if ffmpeg cannot be started', async () => {
  await expect(loadCapabilities('/nowhere/ffmpeg')).resolves.toBeUndefined();
});
