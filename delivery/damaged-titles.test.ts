import { afterAll, beforeAll, expect, test } from 'vitest';
import { measurementKey, planKey, titleKey } from '#core/contracts/publication-layout.js';
import { titleSummaryListSchema } from '#core/contracts/title-resource.js';
import { type EdgeStandIn, startEdgeStandIn } from '#fixtures/edge-stand-in.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { type RunningDelivery, startDelivery } from '#fixtures/running-delivery.js';
import { samplePublication } from '#fixtures/sample-publication.js';

let redis: RedisFixture;
let delivery: RunningDelivery;
let edge: EdgeStandIn;

beforeAll(async () => {
  redis = await startRedisServer();
  delivery = await startDelivery(redis.url);
  edge = await startEdgeStandIn(delivery.redis, 'lon');
  await pollUntil('delivery knows the edge', 5_000, async () => delivery.parts.edges.edges[0]);
});

afterAll(async () => {
  await edge.die();
  await delivery.stop();
  await redis.stop();
});

const kindOf = async (path: string): Promise<[number, string]> => {
  const answer = await fetch(delivery.url + path);
  return [answer.status, ((await answer.json()) as { type: string }).type];
};
const damaged = [410, 'urn:millrace:problem:damaged-title'];

test('lists a damaged title beside the others, and refuses it by name', async () => {
  const [broken, whole] = [samplePublication(), samplePublication()];
  await delivery.publish(broken);
  await delivery.publish(whole);
  await delivery.store.put(titleKey(broken.record.titleId), Buffer.from('{'));
  const list = await fetch(`${delivery.url}/titles`);
  const { titles } = titleSummaryListSchema.parse(await list.json());
  const stateOf = (id: string) => titles.find(({ titleId }) => titleId === id)?.state;
  expect([stateOf(broken.record.titleId), stateOf(whole.record.titleId)]).toEqual(['damaged', 'playable']);
  expect(JSON.stringify(titles)).not.toContain('.json');
  expect(await kindOf(`/titles/${broken.record.titleId}`)).toEqual(damaged);
  expect(await kindOf(`/play/${broken.record.titleId}.m3u8`)).toEqual(damaged);
});

test('refuses a title whose plan is damaged, and plays one whose measurement is', async () => {
  const [noPlan, noMeasurement] = [samplePublication(), samplePublication()];
  for (const { record, plan } of [noPlan, noMeasurement])
    await delivery.publish({ record: { ...record, state: 'ready' }, plan });
  await delivery.store.put(planKey(noPlan.plan.publicationId), Buffer.from('{'));
  await delivery.store.put(measurementKey(noMeasurement.plan.publicationId), Buffer.from('{'));
  expect(await kindOf(`/play/${noPlan.record.titleId}.m3u8`)).toEqual(damaged);
  const playlist = await fetch(`${delivery.url}/play/${noMeasurement.record.titleId}.m3u8`);
  expect([playlist.status, await playlist.text()]).toEqual([
    200,
    expect.stringContaining('#EXT-X-STREAM-INF'),
  ]);
});
