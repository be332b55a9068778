/** The location of a client, estimated from its address. */
export interface GeoLocation {
  latitude: number;
  longitude: number;
  /** Radius of uncertainty. Edges whose distances differ by less are equally near. */
  accuracyKm: number;
  source: 'operator' | 'geoip';
  name: string;
}

/** Returns undefined for an address without a known location, which is common. */
export type LocationFinder = (address: string) => GeoLocation | undefined;
