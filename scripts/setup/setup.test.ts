import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { repositoryFolder } from '#fixtures/repository.js';
import { planInstall } from '#scripts/setup/install-plan.mjs';
import { isInstalled } from '#scripts/setup/lockfile-state.mjs';
import { missingPrograms, runtimePrograms, testPrograms } from '#scripts/setup/programs.mjs';
import { assertNode } from '#scripts/setup/set-up.mjs';
import { hashSources } from '#scripts/setup/source-hash.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('packages', () => {
  const wanted = { packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' } } };

  test.each([
    ['equal', { 'node_modules/a': { version: '1.0.0', integrity: 'x' } }, true],
    ['none', {}, false],
    ['another version', { 'node_modules/a': { version: '1.0.1', integrity: 'x' } }, false],
    ['other bytes', { 'node_modules/a': { version: '1.0.0', integrity: 'y' } }, false],
    [
      'one extra',
      { 'node_modules/a': { version: '1.0.0', integrity: 'x' }, 'node_modules/b': { version: '1.0.0' } },
      false,
    ],
  ])('%s: installed as locked is %o', (_name, packages, expected) => {
    expect(isInstalled(wanted, { packages })).toBe(expected);
  });

  test('an optional package of another platform may be absent', () => {
    const locked = { packages: { 'node_modules/a-darwin': { version: '1.0.0', optional: true } } };
    expect(isInstalled(locked, { packages: {} })).toBe(true);
  });
});

describe('programs', () => {
  function install(command: string): void {
    writeFileSync(join(folder, command), '#!/bin/sh\n');
    chmodSync(join(folder, command), 0o755);
  }

  test('names programs that are not on PATH', () => {
    install('redis-server');
    install('ffmpeg');
    const missing = missingPrograms(runtimePrograms, { path: folder, platform: 'linux' });
    expect(missing.map(({ command }) => command)).toEqual(['ffprobe', 'bwrap']);
  });

  test('needs bubblewrap on Linux only', () => {
    const missing = missingPrograms(runtimePrograms, { path: '', platform: 'darwin' });
    expect(missing.map(({ command }) => command)).toEqual(['redis-server', 'ffmpeg', 'ffprobe']);
  });

  test('does not take a folder or a file without the execute bit for a program', () => {
    mkdirSync(join(folder, 'ffmpeg'));
    writeFileSync(join(folder, 'ffprobe'), '', { mode: 0o644 });
    const missing = missingPrograms(runtimePrograms, { path: folder, platform: 'darwin' });
    expect(missing.map(({ command }) => command)).toContain('ffmpeg');
    expect(missing.map(({ command }) => command)).toContain('ffprobe');
  });
});

describe('installing', () => {
  const nothing = { isRoot: false, hasAptGet: false, hasBrew: false, canSudo: false };

  test('root on Debian: an update, then one install of every package', () => {
    const { commands } = planInstall(testPrograms, { ...nothing, isRoot: true, hasAptGet: true });
    expect(commands.map((command) => command.join(' '))).toEqual([
      expect.stringMatching(/^apt-get .* update$/),
      expect.stringMatching(
        /DEBIAN_FRONTEND=noninteractive apt-get .* install -y --no-install-recommends redis-server ffmpeg bubblewrap chromium$/,
      ),
    ]);
  });

  test('a user with passwordless sudo uses it', () => {
    const { commands } = planInstall(runtimePrograms, { ...nothing, hasAptGet: true, canSudo: true });
    expect(commands.every((command) => command.slice(0, 2).join(' ') === 'sudo -n')).toBe(true);
  });

  test('a user without it gets the command that installs each program', () => {
    const { commands, instructions } = planInstall(runtimePrograms, { ...nothing, hasAptGet: true });
    expect(commands).toEqual([]);
    expect(instructions).toContain('redis-server (the queue): sudo apt-get install redis-server');
    expect(instructions).toContain('bwrap (the sandbox around ffmpeg): sudo apt-get install bubblewrap');
  });

  test('brew installs every formula once', () => {
    const missing = missingPrograms(runtimePrograms, { path: '', platform: 'darwin' });
    expect(planInstall(missing, { ...nothing, hasBrew: true }).commands).toEqual([
      ['brew', 'install', 'redis'],
      ['brew', 'install', 'ffmpeg'],
    ]);
  });

  test('without either, the instructions name every program', () => {
    const { commands, instructions } = planInstall(runtimePrograms, nothing);
    expect(commands).toEqual([]);
    for (const { command } of runtimePrograms) expect(instructions).toContain(`  ${command} (`);
  });
});

describe('building', () => {
  test('a changed source changes the digest; a test or another file does not', () => {
    mkdirSync(join(folder, 'core'));
    writeFileSync(join(folder, 'core', 'a.ts'), 'one');
    const before = hashSources(folder, ['core', 'missing']);
    writeFileSync(join(folder, 'core', 'a.test.ts'), 'a test');
    writeFileSync(join(folder, 'core', 'notes.txt'), 'stray');
    expect(hashSources(folder, ['core', 'missing'])).toBe(before);
    writeFileSync(join(folder, 'core', 'a.ts'), 'two');
    expect(hashSources(folder, ['core', 'missing'])).not.toBe(before);
  });

  test('moving bytes between files changes the digest', () => {
    mkdirSync(join(folder, 'core'));
    writeFileSync(join(folder, 'core', 'a.ts'), 'xy');
    writeFileSync(join(folder, 'core', 'b.ts'), 'z');
    const before = hashSources(folder, ['core']);
    writeFileSync(join(folder, 'core', 'a.ts'), 'x');
    writeFileSync(join(folder, 'core', 'b.ts'), 'yz');
    expect(hashSources(folder, ['core'])).not.toBe(before);
  });
});

test.each([
  ['18.20.0', false],
  ['20.19.9', false],
  ['20.20.0', true],
  ['22.1.0', true],
])('Node.js %s is new enough: %o', (version, enough) => {
  const check = expect(() => assertNode(version));
  if (enough) check.not.toThrow();
  else check.toThrow(/too old/);
});

test('the lockfile has every optional package that others name, as npm ci requires', () => {
  const lock = JSON.parse(readFileSync(join(repositoryFolder(), 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }>;
  };
  const present = Object.keys(lock.packages);
  const missing = Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter(
      (name) =>
        !present.some((path) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`)),
    );
  // `npm install` drops those that its registry lacks: restore their entries from the last commit.
  expect(missing).toEqual([]);
});
