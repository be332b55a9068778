import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pollUntil } from '#fixtures/poll-until.js';
import type { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
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
async function runScript(script: string, signal?: AbortSignal): Promise<unknown> {
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
    signal,
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

it('reports the CPU time of a run that it ends early', async () => {
  const ended = new AbortController();
  const marker = join(folder, 'worked');
  const work = 'i=0; while :; do i=$((i+1)); [ $i -eq 300000 ] && : > worked; done';
  const run = runScript(`cd ${folder}; ${work}`, ended.signal).catch((thrown: unknown) => thrown);
  await pollUntil('the run does not work', 60_000, async () => (existsSync(marker) ? true : undefined));
  ended.abort();
  const { code, cpuSeconds } = (await run) as FfmpegError;
  expect(code).toBe('aborted');
  expect(cpuSeconds).toBeGreaterThan(0);
});

it('resolves after a run that ends well', async () => {
  await expect(runScript('exit 0')).resolves.toMatchObject({ damages: 0 });
});
