import { expect, it } from 'vitest';
import { openBytes } from '#fixtures/media/open-bytes.js';

it('reads fewer bytes at the end of the file', async () => {
  await using file = await openBytes(Buffer.from('millrace'));
  expect((await file.readAt(4, 100)).toString()).toBe('race');
  expect((await file.readTail(3)).toString()).toBe('ace');
  expect((await file.readTail(100)).toString()).toBe('millrace');
});

it.each([8, 2 ** 53, 2 ** 60])('reads nothing at byte %i, past the end', async (offset) => {
  await using file = await openBytes(Buffer.from('millrace'));
  expect(await file.readAt(offset, 16)).toHaveLength(0);
});

it('finds a pattern that lies across two reads', async () => {
  const pattern = Buffer.from('moof');
  await using file = await openBytes(Buffer.alloc(2 ** 20 - 2), pattern, Buffer.alloc(10));
  expect(await file.find(pattern, 0)).toBe(2 ** 20 - 2);
  expect(await file.find(pattern, 2 ** 20)).toBeUndefined();
});
