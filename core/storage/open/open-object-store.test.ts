import { expect, test } from 'vitest';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';

test.each([
  { url: '', says: /want file:\/\/\/absolute\/folder or s3:/ },
  { url: '/var/lib/millrace', says: /want file:/ },
  { url: 'http://host/bucket', says: /want file:/ },
  { url: 'file:///', says: /an absolute folder, such as/ },
  { url: 'file://host/share', says: /an absolute folder, such as/ },
  { url: 's3://', says: /bucket name is 3 to 63/ },
  { url: 's3://UP', says: /bucket name is 3 to 63/ },
  { url: 's3://millrace/folder', says: /name the bucket alone/ },
  { url: 's3://key:secret@millrace', says: /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/ },
  { url: 's3://millrace?endpoint=minio:9000', says: /endpoint want http/ },
  { url: 's3://millrace?forcePathStyle=maybe', says: /forcePathStyle/ },
  { url: 's3://millrace?endpont=http://x', says: /endpont/ },
])('$url is refused with the expected form', ({ url, says }) => {
  expect(() => openObjectStore(url)).toThrow(says);
});

test('credentials in a URL are not repeated', () => {
  expect(() => openObjectStore('s3://key:topsecret@millrace')).toThrow(/^(?!.*topsecret)/s);
});

test.each([
  {
    url: 's3://millrace?endpoint=http://127.0.0.1:9000',
    settings: { endpoint: 'http://127.0.0.1:9000', forcePathStyle: true, region: 'us-east-1' },
  },
  {
    url: 's3://millrace?region=eu-west-1',
    settings: { endpoint: undefined, forcePathStyle: false, region: 'eu-west-1', checksums: 'when_required' },
  },
  {
    url: 's3://millrace?endpoint=https://s3.example.org&forcePathStyle=false&checksums=when_supported',
    settings: { forcePathStyle: false, checksums: 'when_supported' },
  },
])('$url is parsed', ({ url, settings }) => {
  expect(parseS3Url(new URL(url))).toMatchObject({ bucket: 'millrace', ...settings });
});
