import { expect, it } from 'vitest';
import { createTitleId, publicationIdOf } from '#core/contracts/ids.js';
import { taskSchema } from '#core/contracts/task.js';

const titleId = createTitleId();
const publicationId = publicationIdOf(titleId, 1);
const span = { spanIndex: 4, firstSegment: 41, segmentCount: 1 };
const renditionIds = ['h264-720'];

it('reads a waiting demand of an older release as the segment that it asks for', () => {
  const data = { titleId, publicationId, span, renditionIds, demand: true };
  expect(taskSchema.parse({ name: 'encode-span', data })).toEqual({
    name: 'encode-segment',
    data: { titleId, publicationId, segmentIndex: 41, renditionId: 'h264-720' },
  });
});

it.each([
  ['a span', 'encode-span', { titleId, publicationId, span, renditionIds }],
  ['a demand', 'encode-segment', { titleId, publicationId, segmentIndex: 41, renditionId: 'h264-720' }],
])('reads %s as it is', (_what, name, data) => {
  expect(taskSchema.parse({ name, data })).toEqual({ name, data });
});

it('rejects a task that it does not know', () => {
  expect(taskSchema.safeParse({ name: 'encode-title', data: { titleId } }).success).toBe(false);
});
