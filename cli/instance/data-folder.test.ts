import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locateEncoder } from '#cli/api/locate-encoder.js';
import type { CliContext } from '#cli/context/cli-context.js';
import { explainFileError } from '#cli/context/cli-error.js';
import { dataFolderOf, openDataFolder } from '#cli/instance/data-folder.js';
import { readOrCreateSecrets } from '#cli/instance/secrets.js';
import { parseTokenKeys } from '#core/contracts/playback-token.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-folder-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function contextWith(environment: NodeJS.ProcessEnv = {}): CliContext {
  return {
    environment,
    installDirectory: home,
    homeDirectory: home,
    stdout: process.stdout,
    stderr: process.stderr,
  };
}

test('keeps the data folder and its secrets private to this user', async () => {
  const folder = dataFolderOf(contextWith(), undefined);
  expect(folder.path).toBe(join(home, '.millrace'));
  await openDataFolder(folder);
  await readOrCreateSecrets(folder);
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  expect((await stat(folder.secretsFile)).mode & 0o777).toBe(0o600);
});

test('makes secrets once, in the format that the services read', async () => {
  const folder = dataFolderOf(contextWith(), undefined);
  await openDataFolder(folder);
  const first = await readOrCreateSecrets(folder);
  expect(first.created).toBe(true);
  expect(parseTokenKeys(first.secrets.tokenKeys)).toHaveLength(1);
  expect(await readOrCreateSecrets(folder)).toEqual({ secrets: first.secrets, created: false });
});

test('never replaces damaged secrets silently', async () => {
  const folder = dataFolderOf(contextWith(), undefined);
  await openDataFolder(folder);
  await writeFile(folder.secretsFile, '{"apiKey":');
  await expect(readOrCreateSecrets(folder)).rejects.toThrow(/damaged.*delete it/s);
  expect(await readFile(folder.secretsFile, 'utf8')).toBe('{"apiKey":');
});

test.each(['file', 'file/below'])('reports a file where the folder should be (%s)', async (path) => {
  await writeFile(join(home, 'file'), '');
  const folder = dataFolderOf(contextWith(), join(home, path));
  await expect(openDataFolder(folder)).rejects.toThrow(/is a file or is inside one/);
});

test.each([
  ['ENOSPC', /disk that holds \/data is full/],
  ['EACCES', /cannot be written by this user/],
  ['EROFS', /read-only/],
])('explains %s', (code, words) => {
  expect(explainFileError(Object.assign(new Error(code), { code }), '/data')).toMatch(words);
});

describe('finding the encoder', () => {
  test('says what to do when no instance runs', async () => {
    await expect(locateEncoder(contextWith(), undefined)).rejects.toThrow(
      /No Millrace runs in .*millrace up.*--data DIR.*MILLRACE_URL and MILLRACE_API_KEY/,
    );
  });

  test('uses MILLRACE_URL and MILLRACE_API_KEY', async () => {
    const context = contextWith({ MILLRACE_URL: 'https://films.example/', MILLRACE_API_KEY: 'k' });
    const { client } = await locateEncoder(context, undefined);
    expect(client.apiUrl).toBe('https://films.example');
    expect(client.authorization).toEqual({ authorization: 'Bearer k' });
  });

  test('prefers a folder named on the command line to the environment', async () => {
    const context = contextWith({ MILLRACE_URL: 'https://films.example', MILLRACE_API_KEY: 'k' });
    await expect(locateEncoder(context, home)).rejects.toThrow(`No Millrace runs in ${home}`);
  });

  test.each([
    [{ MILLRACE_URL: 'https://films.example' }, /MILLRACE_API_KEY is not/],
    [{ MILLRACE_URL: 'films.example', MILLRACE_API_KEY: 'k' }, /expected an address such as/],
    [{ MILLRACE_URL: 'ftp://films.example', MILLRACE_API_KEY: 'k' }, /expected an address such as/],
  ])('refuses %o', async (environment, words) => {
    await expect(locateEncoder(contextWith(environment), undefined)).rejects.toThrow(words);
  });
});
