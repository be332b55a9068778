import { expect, it } from 'vitest';
import { openGeoDatabase } from '#delivery/client/open-geo-database.js';

it('places addresses it knows and has no place for those it does not', async () => {
  const find = await openGeoDatabase();
  expect(find('203.178.141.194')).toMatchObject({ source: 'geoip', name: expect.stringContaining('JP') });
  // In the data without a country, private, and no address at all.
  for (const address of ['1.1.1.1', '127.0.0.1', '10.0.0.1', '::1', 'unknown', ''])
    expect(find(address)).toBeUndefined();
});
