/** Where a client is, as far as anybody can tell from an address. */
export interface GeoLocation {
  latitude: number;
  longitude: number;
  /** The true place is within this distance; edges whose distances differ by less are equally near. */
  accuracyKm: number;
  source: 'operator' | 'geoip';
  name: string;
}

/** Undefined: the address tells nothing, which is normal. */
export type LocationFinder = (address: string) => GeoLocation | undefined;
