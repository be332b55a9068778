import { afterAll, expect, test } from 'vitest';
import { describeJsonDocuments } from '#core/storage/json-document.suite.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { describeObjectStore } from '#core/storage/object-store.suite.js';
import { describeWrites } from '#core/storage/object-store-writes.suite.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { prepareBucket } from '#core/storage/s3/prepare-bucket.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import { describeTitleStore } from '#core/titles/title-store.suite.js';
import { describeOnMinio } from '#fixtures/minio-server.js';

await describeOnMinio('S3 object store on a real MinIO server', (minio) => {
  const opened: ObjectStore[] = [];
  afterAll(() => Promise.all(opened.map((store) => store.close())));

  const openTwo = async (query = ''): Promise<[ObjectStore, ObjectStore]> => {
    const { credentials } = minio();
    const url = `${minio().storageUrl('millrace')}${query}`;
    await prepareBucket(parseS3Url(new URL(url)), credentials);
    const stores: [ObjectStore, ObjectStore] = [
      openObjectStore(url, credentials),
      openObjectStore(url, credentials),
    ];
    opened.push(...stores);
    return stores;
  };

  describeObjectStore('S3', () => openTwo());
  describeWrites('S3', () => openTwo());
  describeJsonDocuments('S3', () => openTwo());
  describeTitleStore('S3', () => openTwo());

  test('the AWS client’s own checksums work too, for whole bodies and parts', async () => {
    const [store] = await openTwo('&checksums=when_supported');
    for (const bytes of [10, 33_000_000]) {
      const body = Buffer.alloc(bytes, 5);
      await store.put(`checksums/${bytes}`, body, { condition: 'absent' });
      expect((await store.read(`checksums/${bytes}`)).bytes.equals(body)).toBe(true);
    }
  });
});
