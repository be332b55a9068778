import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlowJob } from 'bullmq';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planKey, publicationPrefix, videoFolder } from '#core/contracts/publication-layout.js';
import { createLogger } from '#core/runtime/log.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import { TitleStore } from '#core/titles/title-store.js';
import { samplePublication } from '#fixtures/sample-publication.js';
import { analyse } from '#workers/tasks/analyse.js';
import type { TaskContext } from '#workers/tasks/task-context.js';

let folder: string;
let store: ObjectStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-analyse-'));
  store = openObjectStore(`file://${folder}`, undefined);
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

it('enqueues the head start before the playlists, and all other work once the title plays', async () => {
  const { record, plan } = samplePublication();
  const titles = new TitleStore(store);
  await titles.create({ ...record, state: 'queued', publication: undefined });
  await store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(plan)));
  const playlist = `${publicationPrefix(plan.publicationId)}${videoFolder('h264-360')}/media.m3u8`;
  const added: unknown[] = [];
  const add = async ({ name, data, children = [] }: FlowJob): Promise<void> => {
    const state = (await titles.read(record.titleId))?.state;
    const hasPlaylists = (await store.head(playlist)) !== undefined;
    const { renditionIds } = data as { renditionIds?: string[] };
    added.push({ name, renditionIds, state, hasPlaylists, children: children.map((child) => child.name) });
  };
  const context = {
    store,
    titles,
    plans: new PlanReader(store),
    progress: { titleChanged: async () => undefined },
    flows: { add },
    redis: { hmget: () => Promise.reject(new Error('Redis is down')) },
  };
  const attempt = { log: createLogger('worker', 'silent'), signal: new AbortController().signal };
  await analyse(context as unknown as TaskContext, { titleId: record.titleId, generation: 1 }, attempt);
  expect(added).toEqual([
    {
      name: 'head-start',
      renditionIds: ['h264-360', 'h264-234', 'en-2'],
      state: 'analysing',
      hasPlaylists: false,
      children: [],
    },
    {
      name: 'publish',
      renditionIds: undefined,
      state: 'playable',
      hasPlaylists: true,
      children: ['encode-span', 'encode-audio'],
    },
  ]);
});
