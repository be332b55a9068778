import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DirectoryObjectStore } from '#core/storage/directory/directory-object-store.js';
import { type Bundle, bundleSource } from '#fixtures/bundle-source.js';
import { pollUntil } from '#fixtures/poll-until.js';
import type { ContenderRole } from '#fixtures/storage-contender.js';

const contenders = 24;
const patienceMs = 30_000;

describe('processes on one directory', () => {
  let bundle: Bundle;
  let directory: string;
  let store: DirectoryObjectStore;
  const running = new Set<Contender>();

  beforeAll(async () => {
    bundle = await bundleSource('fixtures/storage-contender.ts');
  });
  afterAll(() => bundle.remove());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-store-'));
    store = new DirectoryObjectStore(directory);
  });
  afterEach(async () => {
    await Promise.all([...running].map((contender) => contender.kill()));
    running.clear();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  const start = (role: ContenderRole, key: string): Contender => {
    const contender = new Contender(spawn(process.execPath, [bundle.file, directory, role, key]));
    running.add(contender);
    return contender;
  };

  test.each(['create', 'swap'] as const)(
    `of ${contenders} processes that %s at once, exactly one wins`,
    async (role) => {
      if (role === 'swap') await store.put('race/one', Buffer.from('before'));
      const racers = Array.from({ length: contenders }, () => start(role, 'race/one'));
      await Promise.all(racers.map((racer) => racer.waitFor('ready')));
      for (const racer of racers) racer.go();
      await Promise.all(racers.map((racer) => racer.ended));
      const winners = racers.filter((racer) => racer.count('won') === 1);
      expect(racers.filter((racer) => racer.count('lost') === 1)).toHaveLength(contenders - 1);
      expect(winners.map((winner) => `process ${winner.pid}`)).toEqual([
        (await store.read('race/one')).bytes.toString(),
      ]);
    },
  );

  test('no acknowledged change is lost and nothing is stuck when writers are killed', async () => {
    await store.put('sum', Buffer.from('0'.padStart(12, '0')));
    const killed: Contender[] = [];
    let adders = [1, 2, 3].map(() => start('add', 'sum'));
    for (let round = 0; round < 10; round += 1) {
      const victim = adders[round % 3] as Contender;
      await victim.waitFor('added', 3 + ((round * 7) % 11));
      await victim.kill();
      killed.push(victim);
      adders = adders.map((adder) => (adder === victim ? start('add', 'sum') : adder));
    }
    await Promise.all(adders.map((adder) => adder.waitFor('added')));
    await Promise.all(adders.map((adder) => adder.kill()));
    const all = [...killed, ...adders];
    const acknowledged = all.reduce((sum, adder) => sum + adder.count('added'), 0);
    const { head, bytes } = await store.read('sum');
    expect(head.bytes).toBe(12);
    expect(Number(bytes.toString())).toBeGreaterThanOrEqual(acknowledged);
    // Each process may have been killed between its swap and its report: one more at most.
    expect(Number(bytes.toString())).toBeLessThanOrEqual(acknowledged + all.length);
    await store.put('sum', Buffer.from('done'), { condition: { etag: head.etag } });
    await new DirectoryObjectStore(directory).check();
    expect(await readdir(join(directory, 'locks'))).toEqual([]);
    expect(await readdir(join(directory, 'temporary'))).toEqual([]);
  });

  test('a killed writer leaves no object; the next store that opens removes its file', async () => {
    const writer = start('write', 'half/object');
    await writer.waitFor('writing');
    await writer.kill();
    expect(await store.head('half/object')).toBeUndefined();
    expect((await store.list('')).objects).toEqual([]);
    expect(await readdir(join(directory, 'temporary'))).toEqual([]);
  });

  test('a store that opens keeps the temporary files of living writers', async () => {
    const writer = start('write', 'half/object');
    await writer.waitFor('writing');
    await store.check();
    expect(await readdir(join(directory, 'temporary'))).toHaveLength(1);
  });

  test('the lock of a killed holder goes to one waiter at a time', async () => {
    await store.put('sum', Buffer.from('0'.padStart(12, '0')));
    const holder = start('hold', 'sum');
    await holder.waitFor('held');
    const adders = [1, 2, 3, 4].map(() => start('add', 'sum'));
    await pollUntil('every adder waits for the lock', patienceMs, async () =>
      (await readdir(join(directory, 'temporary'))).length === adders.length ? true : undefined,
    );
    expect(adders.map((adder) => adder.count('added'))).toEqual([0, 0, 0, 0]);
    await holder.kill();
    await Promise.all(adders.map((adder) => adder.waitFor('added')));
    await Promise.all(adders.map((adder) => adder.kill()));
    const sum = Number((await store.read('sum')).bytes.toString());
    const acknowledged = adders.reduce((total, adder) => total + adder.count('added'), 0);
    expect(sum).toBeGreaterThanOrEqual(acknowledged);
    expect(sum).toBeLessThanOrEqual(acknowledged + adders.length);
  });
});

class Contender {
  readonly ended: Promise<void>;
  private output = '';
  private errors = '';

  constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
    this.ended = new Promise((resolve) => child.once('close', () => resolve()));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  count(word: string): number {
    return this.output.split('\n').filter((line) => line === word).length;
  }

  async waitFor(word: string, times = 1): Promise<void> {
    await pollUntil(
      () => `process ${this.pid} did not print ${word}: ${this.errors}`,
      patienceMs,
      async () => (this.count(word) >= times ? true : undefined),
      5,
    );
  }

  go(): void {
    this.child.stdin?.end('go\n');
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
