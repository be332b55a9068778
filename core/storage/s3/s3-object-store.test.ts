import { expect, test } from 'vitest';
import { Readable } from 'node:stream';
import { startMinioServer } from '#fixtures/minio-server.js';
import { openObjectStore } from '#core/storage/open-object-store.js';
import { prepareBucket } from '#core/storage/s3/prepare-bucket.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
test('smoke', async () => {
  const m = await startMinioServer();
  try {
    const url = m.storageUrl('millrace');
    console.log(await prepareBucket(parseS3Url(new URL(url)), m.credentials));
    const s = openObjectStore(url, m.credentials);
    await s.check();
    const a = await s.put('titles/a.json', Buffer.from('x'), {
      condition: 'absent',
      contentType: 'application/json',
    });
    await expect(s.put('titles/a.json', Buffer.from('y'), { condition: 'absent' })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    const b = await s.put('titles/a.json', Readable.from([Buffer.from('yy')]), {
      condition: { etag: a.etag },
    });
    await expect(
      s.put('titles/a.json', Buffer.from('z'), { condition: { etag: a.etag } }),
    ).rejects.toMatchObject({ code: 'precondition_failed' });
    expect((await s.read('titles/a.json')).head.etag).toBe(b.etag);
    const big = Buffer.alloc(40e6, 7);
    const c = await s.put('big', Readable.from([big.subarray(0, 10e6), big.subarray(10e6)]), {
      condition: 'absent',
    });
    expect(c.bytes).toBe(40e6);
    await expect(s.put('big', Readable.from([big]), { condition: 'absent' })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect((await s.read('big')).bytes.equals(big)).toBe(true);
    console.log(await s.list('ti'), await s.head('big'));
    await s.close();
  } finally {
    await m.stop();
  }
});
