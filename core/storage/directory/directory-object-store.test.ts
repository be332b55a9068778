import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { DirectoryObjectStore } from '#core/storage/directory/directory-object-store.js';
import { describeJsonDocuments } from '#core/storage/json-document.suite.js';
import { describeObjectStore } from '#core/storage/object-store.suite.js';
import { describeWrites } from '#core/storage/object-store-writes.suite.js';
import { describeTitleStore } from '#core/titles/title-store.suite.js';

const directories: string[] = [];

async function openTwo(): Promise<[DirectoryObjectStore, DirectoryObjectStore]> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-store-'));
  directories.push(directory);
  return [new DirectoryObjectStore(directory), new DirectoryObjectStore(directory)];
}

afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))));

describeObjectStore('a directory', openTwo);
describeWrites('a directory', openTwo);
describeJsonDocuments('a directory', openTwo);
describeTitleStore('a directory', openTwo);
