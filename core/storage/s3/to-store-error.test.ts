import { expect, it } from 'vitest';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import { toStoreError } from '#core/storage/s3/to-store-error.js';

const settings = parseS3Url(new URL('s3://millrace?endpoint=http%3A%2F%2F127.0.0.1%3A9000&region=us-east-1'));

it('counts a store without available credentials as away', () => {
  // What the AWS client throws while the metadata service of the machine does not answer.
  const error = Object.assign(new Error('no answer'), {
    name: 'CredentialsProviderError',
    tryNextLink: true,
  });
  expect(toStoreError(error, 'media/x', settings)).toMatchObject({ code: 'unavailable', isOutage: true });
});

it('returns an error that is not of the store unchanged', () => {
  const error = new Error('the body broke');
  expect(toStoreError(error, 'media/x', settings)).toBe(error);
});
