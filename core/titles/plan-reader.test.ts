import { expect, test } from 'vitest';
import { titleIdOf } from '#core/contracts/ids.js';
import type { Plan } from '#core/contracts/plan.js';
import { planKey } from '#core/contracts/publication-layout.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import { samplePublication } from '#fixtures/sample-publication.js';

/** A store of plans that counts its reads. */
function planStore(...stored: Plan[]) {
  const state = {
    reads: 0,
    away: false,
    plans: new Map(stored.map((plan) => [planKey(plan.publicationId), plan])),
  };
  const read: ObjectStore['read'] = async (key) => {
    state.reads += 1;
    if (state.away) throw new ObjectStoreError('unavailable', key, 'away');
    const plan = state.plans.get(key);
    if (!plan) throw new ObjectStoreError('not_found', key, `object ${key}: not found`);
    const bytes = Buffer.from(JSON.stringify(plan));
    const head = { key, bytes: bytes.length, etag: '"1"', lastModified: new Date(), contentType: undefined };
    return { head, bytes };
  };
  return { state, store: { read } };
}

test('reads a plan once, however many callers ask', async () => {
  const { plan } = samplePublication();
  const { state, store } = planStore(plan);
  const plans = new PlanReader(store);
  const found = await Promise.all([1, 2, 3].map(() => plans.find(plan.publicationId)));
  expect(found).toEqual([plan, plan, plan]);
  expect(await plans.read(plan.publicationId)).toEqual(plan);
  expect(state.reads).toBe(1);
});

test('keeps no missing plan: one that is stored later is found', async () => {
  const { plan } = samplePublication();
  const { state, store } = planStore();
  const plans = new PlanReader(store);
  expect(await plans.find(plan.publicationId)).toBeUndefined();
  await expect(plans.read(plan.publicationId)).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining(titleIdOf(plan.publicationId)),
  });
  state.plans.set(planKey(plan.publicationId), plan);
  expect(await plans.read(plan.publicationId)).toEqual(plan);
});

test('keeps no failure, and serves kept plans while storage is down', async () => {
  const [{ plan: kept }, { plan: other }] = [samplePublication(), samplePublication()];
  const { state, store } = planStore(kept, other);
  const plans = new PlanReader(store);
  await plans.read(kept.publicationId);
  state.away = true;
  expect(await plans.read(kept.publicationId)).toEqual(kept);
  await expect(plans.find(other.publicationId)).rejects.toMatchObject({ code: 'unavailable' });
  state.away = false;
  expect(await plans.read(other.publicationId)).toEqual(other);
});

test('keeps a bounded number of plans', async () => {
  const published = [samplePublication(), samplePublication(), samplePublication()].map(({ plan }) => plan);
  const { state, store } = planStore(...published);
  const plans = new PlanReader(store, 2);
  for (const plan of [...published, ...published]) await plans.read(plan.publicationId);
  expect(state.reads).toBe(6);
});
