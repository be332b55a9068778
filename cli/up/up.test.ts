import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Instance, instanceSchema } from '#cli/instance/instance-file.js';
import type { CliEvent, ResultEvent } from '#cli/output/events.js';
import { choosePorts } from '#cli/up/choose-ports.js';
import type { TitleResource } from '#core/contracts/title-resource.js';
import { findFreePorts } from '#fixtures/free-ports.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { compiledFile } from '#fixtures/repository.js';

// Runs the compiled command, one process per run, as users do. The tests share one instance and follow its
// life.

let folder: string;
let data: string;
let clip: string;
let port: number;
const runs = new Set<Run>();

interface Run {
  pid: number;
  stdout: string;
  stderr: string;
  ended: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

function run(...parameters: string[]): Run {
  const child = spawn(process.execPath, [compiledFile('cli/main.js'), ...parameters], {
    env: { PATH: process.env.PATH ?? '', HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started: Run = {
    pid: child.pid as number,
    stdout: '',
    stderr: '',
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? ''))),
    kill: (signal) => void child.kill(signal),
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (started.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (started.stderr += text));
  runs.add(started);
  void started.ended.then(() => runs.delete(started));
  return started;
}

function events(of: Run): CliEvent[] {
  return of.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as CliEvent);
}

/** Runs a command against the instance with `--json` until it exits. */
async function ask(...parameters: string[]): Promise<{ code: number | string; answers: unknown[] }> {
  const asked = run(...parameters, '--data', data, '--json');
  const code = await asked.ended;
  return { code, answers: asked.stdout.trim() === '' ? [] : events(asked) };
}

async function listTitles(): Promise<TitleResource[]> {
  return (await ask('titles')).answers as TitleResource[];
}

const up = (...parameters: string[]): Run =>
  run('up', '--data', data, '--port', String(port), '--edges', '1', '--workers', '2', ...parameters);

async function whenRunning(started: Run): Promise<Instance> {
  return pollUntil(
    () => `no instance: ${started.stdout}${started.stderr}`,
    90_000,
    async () => {
      const text = await readFile(join(data, 'instance.json'), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : instanceSchema.parse(JSON.parse(text));
    },
  );
}

/** Processes whose command line or environment names the data folder: the instance's, and their children. */
async function processesOfInstance(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (name: string): Promise<string> =>
        readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
      const text = (await read('cmdline')) + (await read('environ'));
      return text.includes(data) ? [`${pid} ${(await read('cmdline')).replaceAll('\0', ' ')}`] : [];
    }),
  );
  return found.flat();
}

async function expectNoProcessLeft(): Promise<void> {
  let left: string[] = [];
  await pollUntil(
    () => `left behind: ${left.join('; ')}`,
    20_000,
    async () => {
      left = await processesOfInstance();
      return left.length === 0 ? true : undefined;
    },
  );
}

/** Finds a base whose ports are free for an instance with one edge. */
async function freeBase(): Promise<number> {
  return pollUntil('no free base', 10_000, async () => {
    const [base = 0] = await findFreePorts(1);
    return choosePorts(base, 1).then(
      () => base,
      () => undefined,
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-up-'));
  data = join(folder, 'data');
  clip = join(folder, 'a clip.mp4');
  port = await freeBase();
  const ffmpeg = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=24:duration=7'];
  const audio = ['-f', 'lavfi', '-i', 'sine=440:duration=7', '-c:v', 'libx264', '-preset', 'ultrafast'];
  const made = spawn('ffmpeg', [...ffmpeg, ...audio, '-c:a', 'aac', clip], { stdio: 'ignore' });
  await new Promise((resolve) => made.once('close', resolve));
});
afterAll(async () => {
  for (const left of runs) left.kill('SIGKILL');
  await Promise.all([...runs].map((left) => left.ended));
  await expectNoProcessLeft();
  await rm(folder, { recursive: true, force: true });
});

test('--once --json ends ready, writes one event per line and leaves no process', async () => {
  const once = up('--once', '--json', '--file', clip);
  const code = await once.ended;
  const printed = events(once);
  const result = printed.at(-1) as ResultEvent;
  expect(result, once.stderr).toMatchObject({ event: 'result', status: 'ready', reason: null });
  expect(result.page).toContain(`http://127.0.0.1:${port}/watch/${result.titleId}`);
  expect(result.url).toContain(`http://127.0.0.1:${port}/play/${result.titleId}`);
  expect(result.cpuSeconds).toBeGreaterThan(0);
  expect(printed).toContainEqual(expect.objectContaining({ event: 'check', must: 0 }));
  expect(printed).toContainEqual(
    expect.objectContaining({ event: 'started', apiKey: expect.stringMatching(/^mr_/) }),
  );
  expect(code).toBe(0);
  await expectNoProcessLeft();
  expect(await readdir(data)).not.toContain('instance.json');
});

test('a later start lists titles, commands need no configuration, SIGTERM leaves no process', async () => {
  const instance = up('--json');
  const { deliveryUrl } = await whenRunning(instance);
  expect((await stat(join(data, 'instance.json'))).mode & 0o777).toBe(0o600);

  const titles = await listTitles();
  expect(titles.map(({ name, state }) => [name, state])).toEqual([['a clip', 'ready']]);
  const { answers: shown } = await ask('title', titles[0]?.titleId ?? '');
  expect(shown).toEqual([expect.objectContaining({ playlistUrl: expect.stringContaining(deliveryUrl) })]);

  const second = run('up', '--data', data);
  expect(await second.ended).toBe(1);
  expect(second.stderr).toContain(`already runs in ${data} (process ${instance.pid}) at ${deliveryUrl}/`);

  const elsewhere = run('up', '--data', join(folder, 'other'), '--port', String(port));
  expect(await elsewhere.ended).toBe(1);
  expect(elsewhere.stderr).toMatch(new RegExp(`${port}.* in use by another program`));

  const { code: deleted } = await ask('delete', titles[0]?.titleId ?? '');
  expect(deleted).toBe(0);
  expect((await ask('title', '01a2071b-07d9-71d5-91db-3e4e15497c42')).code).toBe(1);

  instance.kill('SIGTERM');
  await instance.ended;
  await expectNoProcessLeft();
});

test('up and upload report the failure code of a file that is no video', async () => {
  const text = join(folder, 'text.mp4');
  await writeFile(text, 'not a video\n');
  const instance = up('--json', '--file', text);
  await whenRunning(instance);
  const empty = join(folder, 'empty.mp4');
  await writeFile(empty, '');
  const { code, answers } = await ask('upload', empty, '--wait');
  expect(answers.at(-1)).toMatchObject({
    event: 'result',
    status: 'failed',
    reason: expect.stringMatching(/^empty: .+/),
  });
  expect(code).toBe(1);
  await pollUntil(
    () => instance.stdout,
    60_000,
    async () => (instance.stdout.includes('"event":"result"') ? true : undefined),
  );
  expect(events(instance).at(-2)).toMatchObject({
    status: 'failed',
    reason: expect.stringMatching(/^unsupported: /),
  });
  instance.kill('SIGINT');
  await instance.ended;
});

test('SIGKILL of up leaves no process, and the next start finds what was uploaded', async () => {
  const instance = up('--json');
  await whenRunning(instance);
  const { code } = await ask('upload', clip, '--name', 'Kept');
  expect(code).toBe(0);
  instance.kill('SIGKILL');
  await instance.ended;
  await expectNoProcessLeft();

  await rm(join(data, 'instance.json'));
  const again = up('--json');
  await whenRunning(again);
  const kept = await pollUntil(
    () => `not ready: ${again.stdout}`,
    150_000,
    async () => {
      return (await listTitles()).find(({ name, state }) => name === 'Kept' && state === 'ready');
    },
    500,
  );
  expect(kept.source.fileName).toBe('a clip.mp4');
  again.kill('SIGHUP');
  await again.ended;
  // A dead worker's task goes to another after its lock (30 s) and up to two stall checks have expired.
}, 200_000);
