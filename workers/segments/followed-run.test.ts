import { expect, it } from 'vitest';
import { segmentFile, videoFolder } from '#core/contracts/publication-layout.js';
import type { RunAudience } from '#core/queue/demand-interest.js';
import { FollowedRun } from '#workers/segments/followed-run.js';

const run = { publicationId: 'p', renditionId: 'h264-180', firstSegment: 4, nextSegment: 4, endSegment: 8 };

function follow(audience: RunAudience): FollowedRun {
  const interest = { announceRun: () => Promise.resolve(audience), endRun: () => Promise.resolve() };
  return new FollowedRun(interest, { ...run });
}

const waiting: RunAudience = { isWaitedFor: true, isFollowed: true, isTakenOver: false };

it('comes before all runs until its first segment is stored, then makes way', async () => {
  const followed = follow(waiting);
  await followed.start();
  expect(followed.priority).toBe('start');
  followed.segmentStored(`${videoFolder('h264-180')}/${segmentFile(4)}`);
  expect(followed.priority).toBe('demand');
  await followed.stop();
});

it('makes way for every player that waits while it is ahead of its own', async () => {
  const followed = follow({ ...waiting, isWaitedFor: false });
  await followed.start();
  expect(followed.priority).toBe('normal');
  expect(followed.ended.aborted).toBe(false);
  await followed.stop();
});

it.each([
  { ...waiting, isWaitedFor: false, isFollowed: false },
  { ...waiting, isTakenOver: true },
])('ends for the audience %j', async (audience) => {
  const followed = follow(audience);
  await followed.start();
  expect(followed.ended.aborted).toBe(true);
  await followed.stop();
});
