import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCause, openServiceLog, readLogSince } from '#cli/up/service-log.js';
import { type ProcessListener, SupervisedProcess } from '#cli/up/supervised-process.js';
import { pollUntil } from '#fixtures/poll-until.js';

let folder: string;
let pids: number[];
let crashes: { reason: string; retryMs: number }[];
let running: SupervisedProcess | undefined;
const listener: ProcessListener = {
  started: (_name, pid) => pids.push(pid),
  crashed: (_name, reason, retryMs) => crashes.push({ reason, retryMs }),
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-supervised-'));
  [pids, crashes] = [[], []];
});
afterEach(async () => {
  await running?.stop(AbortSignal.abort());
  await rm(folder, { recursive: true, force: true });
});

/** A child process that runs `script` in Node.js. */
async function start(script: string): Promise<SupervisedProcess> {
  running = new SupervisedProcess(
    {
      name: 'child',
      command: process.execPath,
      parameters: ['-e', script],
      environment: {},
      workingDirectory: folder,
      logFile: join(folder, 'child.log'),
      tie: 'ipc',
    },
    listener,
  );
  await running.start();
  return running;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('restarts after a crash, with growing pauses', async () => {
  const child = await start('setInterval(() => undefined, 1000)');
  child.supervise();
  process.kill(pids[0] as number, 'SIGKILL');
  await pollUntil('a second start', 10_000, async () => (pids.length === 2 ? true : undefined));
  process.kill(pids[1] as number, 'SIGKILL');
  await pollUntil('a third start', 10_000, async () => (pids.length === 3 ? true : undefined));
  expect(crashes).toEqual([
    { reason: 'ended by SIGKILL', retryMs: 500 },
    { reason: 'ended by SIGKILL', retryMs: 1_000 },
  ]);
});

test('reports an exit before ready as a failed start, with its last log line', async () => {
  const child = await start(
    'console.log(JSON.stringify({level: 60, msg: "could not start", err: {message: "no room"}})); process.exit(3)',
  );
  await pollUntil('its end', 10_000, async () => child.failure);
  expect(child.failure).toBe('exit code 3: could not start: no room');
  expect(pids).toHaveLength(1);
});

test('reports a missing program as a failed start', async () => {
  running = new SupervisedProcess(
    {
      name: 'child',
      command: join(folder, 'missing'),
      parameters: [],
      environment: {},
      workingDirectory: folder,
      logFile: join(folder, 'child.log'),
      tie: 'ipc',
    },
    listener,
  );
  const child = running;
  await child.start();
  await pollUntil('its failure', 10_000, async () => child.failure);
  expect(child.failure).toContain('ENOENT');
});

test('waits for the exit when stopping, and reports no crash', async () => {
  const child = await start(
    'process.on("SIGTERM", () => process.exit(0)); process.send("up"); setInterval(() => undefined, 1000)',
  );
  child.supervise();
  await child.stop(new AbortController().signal);
  expect(isAlive(pids[0] as number)).toBe(false);
  expect(crashes).toEqual([]);
});

test('kills a child that ignores SIGTERM when forced', async () => {
  const child = await start(
    'process.on("SIGTERM", () => undefined); console.log("deaf"); setInterval(() => undefined, 1000)',
  );
  const log = join(folder, 'child.log');
  await pollUntil('the child', 10_000, async () =>
    (await readFile(log, 'utf8')).includes('deaf') ? true : undefined,
  );
  const force = new AbortController();
  const stopped = child.stop(force.signal);
  expect(isAlive(pids[0] as number)).toBe(true);
  force.abort();
  await stopped;
  expect(isAlive(pids[0] as number)).toBe(false);
});

test.each([
  [
    'the last error of JSON lines',
    '{"level":50,"msg":"first"}\n{"level":50,"msg":"last"}\n{"level":30,"msg":"stopping"}\n',
    'last',
  ],
  [
    'a thrown error',
    'at file:1\nTypeError: no such thing\n    at x\n\nNode.js v20.20.2\n',
    'TypeError: no such thing',
  ],
  ['plain text', 'one\ntwo\n', 'two'],
  [
    'a fatal line before the errors of the stop',
    '{"level":60,"msg":"uncaught exception","err":{"message":"x"}}\n{"level":50,"msg":"stopping failed"}\n',
    'uncaught exception: x',
  ],
  [
    'no line of a lower level',
    '{"level":40,"msg":"edge-1 is late"}\n{"level":30,"msg":"started"}\n',
    undefined,
  ],
  ['nothing', '', undefined],
])('the cause of an end: %s', (_name, log, expected) => {
  expect(findCause(log)).toBe(expected);
});

test.each(['SIGKILL', 'SIGTERM'] as const)('names no logged line as the cause of %s', async (signal) => {
  const child = await start(
    'console.log(JSON.stringify({level: 50, msg: "a stray error"})); setInterval(() => undefined, 1000)',
  );
  child.supervise();
  const log = join(folder, 'child.log');
  await pollUntil(
    'the line',
    10_000,
    async () => (await readFile(log, 'utf8')).includes('stray') || undefined,
  );
  process.kill(pids[0] as number, signal);
  await pollUntil('the crash', 10_000, async () => crashes[0]);
  expect(crashes[0]?.reason).toBe(`ended by ${signal}`);
});

test('ignores what an earlier run logged', async () => {
  const path = join(folder, 'a.log');
  await writeFile(path, '{"level":50,"msg":"old"}\n');
  expect(findCause(await readLogSince(path, 25))).toBeUndefined();
});

test('rotates a log that has grown too large', async () => {
  const path = join(folder, 'a.log');
  await writeFile(path, Buffer.alloc(21 * 2 ** 20));
  const log = await openServiceLog(path);
  expect((await log.stat()).size).toBe(0);
  await log.close();
  expect((await readFile(`${path}.1`)).length).toBe(21 * 2 ** 20);
});
