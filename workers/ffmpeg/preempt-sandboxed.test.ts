import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollUntil } from '#fixtures/poll-until.js';
import { listProcessTree, processState, processTreeStates } from '#fixtures/process-tree-states.js';
import { type EncodeRun, Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { defaultInputLimits } from '#workers/ffmpeg/input-arguments.js';
import { childProcessIds, signalProcessTree } from '#workers/ffmpeg/process-tree.js';
import type { RunPriority } from '#workers/ffmpeg/run-priority.js';
import { launcherArguments, type SandboxKind } from '#workers/ffmpeg/sandbox.js';

let folder: string;
/** A program in place of ffmpeg that never finishes an encode. */
let slowEncoder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-preempt-'));
  slowEncoder = join(folder, 'bin', 'ffmpeg');
  await mkdir(join(folder, 'bin'));
  await writeFile(
    slowEncoder,
    '#!/bin/sh\ncase "$*" in *-filter_complex*) exec sleep 600 ;; esac\nexec ffmpeg "$@"\n',
  );
  await chmod(slowEncoder, 0o755);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function awaitTrue(what: string, condition: () => boolean): Promise<void> {
  await pollUntil(what, 20_000, async () => condition() || undefined, 10);
}

/** The launcher and the sandbox have started the program, which sleeps. */
function isAsleep(pid: number): boolean {
  const program = listProcessTree(pid).at(-1) ?? 0;
  return programName(program) === 'sleep' && processState(program) === 'S';
}

function programName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

const isStopped = (pid: number): boolean => /^T+$/.test(processTreeStates(pid));
const hasEnded = (pid: number): boolean => /X|Z/.test(processState(pid));

describe.each<SandboxKind>(['bwrap', 'none'])('in the sandbox %s', (sandbox) => {
  async function openFfmpeg(): Promise<Ffmpeg> {
    return Ffmpeg.open({
      ffmpeg: slowEncoder,
      ffprobe: 'ffprobe',
      path: process.env['PATH'] ?? '',
      sandbox,
      niceLevel: 7,
      memoryBytes: 2 * 2 ** 30,
      inputLimits: defaultInputLimits,
      launcherFolder: join(folder, sandbox),
    });
  }

  /** Starts an encode that sleeps. */
  async function startRun(ffmpeg: Ffmpeg, priority: RunPriority) {
    const before = new Set(childProcessIds(process.pid));
    const cancel = new AbortController();
    const runFolder = await mkdtemp(join(folder, `${priority}-`));
    const run: EncodeRun = {
      priority,
      folder: runFolder,
      inputs: [{ kind: 'generated', source: 'color=size=16x16' }],
      graph: '[0:0]null[v]',
      outputs: [{ path: undefined, options: ['-map', '[v]', '-f', 'null'] }],
      limits: { cpuSeconds: 600, fileBytes: 1024 },
      signal: cancel.signal,
    };
    const result = ffmpeg.encode(run).catch((error: unknown) => error);
    const end = async (): Promise<unknown> => {
      cancel.abort();
      return result;
    };
    const pid = await pollUntil('the run does not start', 20_000, async () =>
      childProcessIds(process.pid).find((child) => !before.has(child) && isAsleep(child)),
    );
    return { pid, end };
  }

  it('stops a background run for a demand and continues it afterwards', async () => {
    const ffmpeg = await openFfmpeg();
    const background = await startRun(ffmpeg, 'background');
    const demand = await startRun(ffmpeg, 'demand');
    await awaitTrue('the background run goes on', () => isStopped(background.pid));
    expect(processTreeStates(demand.pid)).toMatch(/^S+$/);
    await demand.end();
    await awaitTrue('the background run stays stopped', () => isAsleep(background.pid));
    await background.end();
  });

  it('is nice to other services with background runs alone', async () => {
    const ffmpeg = await openFfmpeg();
    const background = await startRun(ffmpeg, 'background');
    expect(listProcessTree(background.pid).map(getPriority)).toContain(7);
    await background.end();
    const start = await startRun(ffmpeg, 'start');
    expect(new Set(listProcessTree(start.pid).map(getPriority))).toEqual(new Set([getPriority()]));
    await start.end();
  });

  it('ends a stopped run whose task is cancelled', async () => {
    const ffmpeg = await openFfmpeg();
    const background = await startRun(ffmpeg, 'background');
    const demand = await startRun(ffmpeg, 'demand');
    await awaitTrue('the background run goes on', () => isStopped(background.pid));
    const tree = listProcessTree(background.pid);
    expect(await background.end()).toMatchObject({ code: 'aborted' });
    await awaitTrue('a process is left', () => tree.every(hasEnded));
    await demand.end();
  });

  it('leaves no stopped process when its worker dies', async () => {
    const argv = launcherArguments(
      { kind: sandbox, niceLevel: 0 },
      {
        program: slowEncoder,
        inputPath: undefined,
        folder,
        limits: { cpuSeconds: 600, addressSpaceBytes: 2 ** 30, fileBytes: 0 },
      },
    );
    const script =
      'const [program, ...args] = process.argv.slice(1); require("child_process").spawn(program, args)';
    const worker = spawn(process.execPath, ['-e', script, '--', ...argv, '-filter_complex', 'null']);
    const root = await pollUntil('the run does not start', 20_000, async () =>
      childProcessIds(worker.pid ?? 0).find(isAsleep),
    );
    signalProcessTree(root, 'SIGSTOP');
    await awaitTrue('the run goes on', () => isStopped(root));
    const tree = listProcessTree(root);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    await awaitTrue('a process is left', () => tree.every(hasEnded));
  });
});
