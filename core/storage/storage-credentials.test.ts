import { expect, test } from 'vitest';
import { readStorageCredentials } from '#core/storage/storage-credentials.js';

test.each([
  {
    case: 'both variables',
    id: 'id',
    secret: 'secret',
    read: { accessKeyId: 'id', secretAccessKey: 'secret' },
  },
  { case: 'no secret', id: 'id', secret: undefined, read: undefined },
  { case: 'an empty secret', id: 'id', secret: '', read: undefined },
  { case: 'no id', id: undefined, secret: 'secret', read: undefined },
])('reads credentials from $case', ({ id, secret, read }) => {
  expect(readStorageCredentials({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret })).toEqual(read);
});
