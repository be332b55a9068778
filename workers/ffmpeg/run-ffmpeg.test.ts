import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runFfmpeg } from '#workers/ffmpeg/run-ffmpeg.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-run-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/**
 * Runs a shell script in the position of ffmpeg. The library first asks the program for its formats and
 * encoders; then the script is plain ffmpeg.
 */
async function runScript(script: string): Promise<unknown> {
  const program = join(folder, 'program');
  await writeFile(
    program,
    `#!/bin/sh\ncase "$*" in *-filter_complex*) ${script} ;; esac\nexec ffmpeg "$@"\n`,
  );
  await chmod(program, 0o755);
  return runFfmpeg({
    sharedLauncher: program,
    folder,
    inputs: [{ path: 'testsrc2=s=64x36:d=1', options: ['-f', 'lavfi'] }],
    graph: 'null',
    outputs: [{ path: '-', options: ['-f', 'null'] }],
    cpuSeconds: 20,
    scheduled: { started: () => undefined, stoppedMs: () => 0 },
    signal: undefined,
    onProgress: undefined,
  });
}

it.each([
  ['exit 1', 'exited', undefined],
  ['exit 69', 'undecodable', undefined],
  ['exit 137', 'killed', 'SIGKILL'],
  ['kill -SEGV $$', 'killed', 'SIGSEGV'],
  ['echo "bwrap: no namespace" >&2; exit 1', 'not_started', undefined],
])('reports "%s" as %s', async (script, code, signal) => {
  await expect(runScript(script)).rejects.toMatchObject({ code, signal });
});

it('resolves after a run that ends well', async () => {
  await expect(runScript('exit 0')).resolves.toMatchObject({ damages: 0 });
});
