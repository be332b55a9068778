import type { LocationFinder } from '#delivery/client/geo-location.js';

/** Used if the data gives no radius, because it then knows at most the country. */
const unknownAccuracyKm = 1_000;

/**
 * Loads geoip-lite's data, which takes about 160 MB of memory and half a second. Update the data with
 * `npm explore geoip-lite -- npm run updatedb license_key=…` (a free MaxMind key).
 */
export async function openGeoDatabase(): Promise<LocationFinder> {
  const { default: geoip } = await import('geoip-lite');
  return (address) => {
    const found = geoip.lookup(address);
    // Some entries have no location: 1.1.1.1 has no country and null coordinates.
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
