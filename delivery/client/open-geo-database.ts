import type { LocationFinder } from '#delivery/client/geo-location.js';

/** Where the data gives no radius: it knows a country at best. */
const unknownAccuracyKm = 1_000;

/**
 * Loads geoip-lite's data: about 160 MB of memory and half a second, so only when asked, never on import. Its data is
 * renewed with `npm explore geoip-lite -- npm run updatedb license_key=…` (a free MaxMind key).
 */
export async function openGeoDatabase(): Promise<LocationFinder> {
  const { default: geoip } = await import('geoip-lite');
  return (address) => {
    const found = geoip.lookup(address);
    // Real data holds entries without a place: 1.1.1.1 has no country and null coordinates.
    const [latitude, longitude] = (found?.ll ?? []) as (number | null)[];
    if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
    return {
      latitude,
      longitude,
      accuracyKm: found?.area ?? unknownAccuracyKm,
      source: 'geoip',
      name: [found?.city, found?.country].filter(Boolean).join(', '),
    };
  };
}
