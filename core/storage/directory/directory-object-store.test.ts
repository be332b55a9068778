import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { openObjectStore } from '#core/storage/open-object-store.js';

test('smoke', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'millrace-store-'));
  const s = openObjectStore(pathToFileURL(dir).href);
  await s.check();
  const a = await s.put('titles/a.json', Buffer.from('x'), { condition: 'absent' });
  await expect(s.put('titles/a.json', Buffer.from('y'), { condition: 'absent' })).rejects.toMatchObject({
    code: 'precondition_failed',
  });
  const b = await s.put('titles/a.json', Readable.from([Buffer.from('yy')]), { condition: { etag: a.etag } });
  await expect(
    s.put('titles/a.json', Buffer.from('z'), { condition: { etag: a.etag } }),
  ).rejects.toMatchObject({ code: 'precondition_failed' });
  expect((await s.read('titles/a.json')).head.etag).toBe(b.etag);
  await expect(s.put('titles/a.json/b', Buffer.from('z'))).rejects.toMatchObject({ code: 'invalid_key' });
  await expect(s.put('titles', Buffer.from('z'), { condition: 'absent' })).rejects.toMatchObject({
    code: 'invalid_key',
  });
  await expect(s.put('titles', Buffer.from('z'))).rejects.toMatchObject({ code: 'invalid_key' });
  await expect(s.get('titles/a.json/b')).rejects.toMatchObject({ code: 'not_found' });
  await expect(s.get('titles')).rejects.toMatchObject({ code: 'not_found' });
  expect((await s.list('ti')).objects.map((o) => o.key)).toEqual(['titles/a.json']);
  await s.delete('titles/a.json');
  expect(await s.head('titles/a.json')).toBeUndefined();
  await s.close();
});
