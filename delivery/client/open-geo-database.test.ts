import { expect, it } from 'vitest';
import { openGeoDatabase } from '#delivery/client/open-geo-database.js';

it('finds locations of known addresses and none of others', async () => {
  const find = await openGeoDatabase();
  expect(find('203.178.141.194')).toMatchObject({ source: 'geoip', name: expect.stringContaining('JP') });
  // An entry without a country, private addresses, and texts that are not addresses.
  for (const address of ['1.1.1.1', '127.0.0.1', '10.0.0.1', '::1', 'unknown', ''])
    expect(find(address)).toBeUndefined();
});
