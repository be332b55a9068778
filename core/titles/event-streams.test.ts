import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { createTitleId } from '#core/contracts/ids.js';
import type { ProgressEvent } from '#core/contracts/title-resource.js';
import { redisKeys } from '#core/queue/queues.js';
import { EventStreams } from '#core/titles/event-streams.js';
import { ProgressHub } from '#core/titles/progress-hub.js';

const titleId = createTitleId();
const event = (fields: Partial<ProgressEvent>): ProgressEvent => ({
  titleId,
  state: 'playable',
  segmentsStored: 0,
  segmentsTotal: 10,
  at: '2026-01-01T00:00:00.000Z',
  ...fields,
});

/** Streams over a hub whose Redis is an emitter, and over a title that each poll reads. */
function streams(options: { pollMs?: number; keepAliveMs?: number; maxOpen?: number } = {}) {
  const title: { event: ProgressEvent | undefined; away: boolean } = { event: event({}), away: false };
  const subscriber = new EventEmitter();
  const hub = new ProgressHub(subscriber as unknown as Redis);
  const opened = new EventStreams({
    pollMs: 10_000,
    keepAliveMs: 10_000,
    maxOpen: 2,
    ...options,
    hub,
    readEvent: async () => {
      if (title.away) throw new Error('storage is down');
      return title.event;
    },
  });
  const publish = (published: ProgressEvent): void => {
    const channel = redisKeys.progressChannel(published.titleId);
    subscriber.emit('pmessage', redisKeys.progressPattern, channel, JSON.stringify(published));
  };
  return {
    title,
    publish,
    follow: (signal = new AbortController().signal) => opened.follow(event({}), signal),
  };
}

test('yields the first event, then every published one, and ends with a terminal state', async () => {
  const { publish, follow } = streams();
  const events = follow();
  expect((await events.next()).value).toEqual(event({}));
  publish(event({ segmentsStored: 1 }));
  publish(event({ titleId: createTitleId(), segmentsStored: 9 }));
  publish(event({ state: 'ready', segmentsStored: 10 }));
  expect((await events.next()).value).toEqual(event({ segmentsStored: 1 }));
  expect((await events.next()).value).toEqual(event({ state: 'ready', segmentsStored: 10 }));
  expect((await events.next()).done).toBe(true);
});

test('finds by polling what was never published', async () => {
  const { title, follow } = streams({ pollMs: 5, keepAliveMs: 5 });
  const events = follow();
  await events.next();
  title.event = event({ state: 'failed' });
  expect((await events.next()).value).toEqual(event({ state: 'failed' }));
  expect((await events.next()).done).toBe(true);
});

test('polls that bring no news, a lower count or an error keep the stream open', async () => {
  const { title, publish, follow } = streams({ pollMs: 5, keepAliveMs: 15 });
  const events = follow();
  await events.next();
  publish(event({ segmentsStored: 5 }));
  await events.next();
  for (const read of [event({ segmentsStored: 5 }), event({ segmentsStored: 0 }), undefined]) {
    title.event = read;
    expect(await events.next()).toEqual({ done: false, value: undefined });
  }
  title.away = true;
  expect(await events.next()).toEqual({ done: false, value: undefined });
  title.away = false;
  title.event = event({ segmentsStored: 6 });
  expect((await events.next()).value).toEqual(event({ segmentsStored: 6 }));
});

test('ends when the client leaves', async () => {
  const { follow } = streams();
  const left = new AbortController();
  const events = follow(left.signal);
  await events.next();
  const next = events.next();
  left.abort();
  expect((await next).done).toBe(true);
});

test('refuses more streams than the limit, and opens another once one has ended', async () => {
  const { follow } = streams({ maxOpen: 2 });
  const [first, second] = [follow(), follow()];
  await Promise.all([first.next(), second.next()]);
  await expect(follow().next()).rejects.toMatchObject({ status: 503, kind: 'too-many-streams' });
  await first.return(undefined);
  expect((await follow().next()).value).toEqual(event({}));
});
