import ipaddr from 'ipaddr.js';
import type { GeoLocation, LocationFinder } from '#delivery/client/geo-location.js';

/** An operator knows where its networks are: campus, office, exchange point. */
const operatorAccuracyKm = 10;

interface Length {
  bits: number;
  locations: Map<string, GeoLocation>;
}

/**
 * Reads the operator's table, one network a line: `10.1.0.0/16 Frankfurt,50.11,8.68` (name, latitude, longitude, as in
 * MILLRACE_EDGE_LOCATION); `#` begins a comment. The longest matching prefix wins. Throws naming every bad line.
 */
export function parseLocationTable(text: string): LocationFinder {
  const problems: string[] = [];
  const families = { ipv4: new Map<number, Length>(), ipv6: new Map<number, Length>() };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const entry = line.replace(/#.*$/, '').trim();
    if (entry === '') continue;
    const parsed = parseEntry(entry);
    if (typeof parsed === 'string') {
      problems.push(`line ${index + 1}: ${parsed}`);
      continue;
    }
    const lengths = families[parsed.kind];
    const length = lengths.get(parsed.bits) ?? {
      bits: parsed.bits,
      locations: new Map<string, GeoLocation>(),
    };
    length.locations.set(prefixKey(parsed.bytes, parsed.bits), parsed.location);
    lengths.set(parsed.bits, length);
  }
  if (problems.length > 0)
    throw new Error(`the locations table is not usable:\n${problems.map((text) => `  ${text}`).join('\n')}`);
  return finderOf(prefixLengthsDescending(families.ipv4), prefixLengthsDescending(families.ipv6));
}

function prefixLengthsDescending(lengths: Map<number, Length>): Length[] {
  return [...lengths.values()].sort((a, b) => b.bits - a.bits);
}

function finderOf(ipv4: readonly Length[], ipv6: readonly Length[]): LocationFinder {
  return (address) => {
    if (ipv4.length + ipv6.length === 0 || !ipaddr.isValid(address)) return undefined;
    const parsed = ipaddr.process(address);
    const bytes = parsed.toByteArray();
    for (const { bits, locations } of parsed.kind() === 'ipv4' ? ipv4 : ipv6) {
      const location = locations.get(prefixKey(bytes, bits));
      if (location) return location;
    }
    return undefined;
  };
}

/** The first `bits` of an address as text, the rest cleared: equal for exactly the addresses of one network. */
function prefixKey(bytes: readonly number[], bits: number): string {
  const whole = bits >> 3;
  const rest = bits & 7;
  const prefix = bytes.slice(0, whole);
  if (rest > 0) prefix.push((bytes[whole] ?? 0) & (0xff << (8 - rest)));
  return prefix.join('.');
}

function parseEntry(
  entry: string,
): { kind: 'ipv4' | 'ipv6'; bytes: number[]; bits: number; location: GeoLocation } | string {
  const [network = '', ...rest] = entry.split(/\s+/);
  if (!ipaddr.isValidCIDR(network)) return `"${network}" is not a network such as 10.1.0.0/16`;
  const [name = '', latitudeText, longitudeText, ...more] = rest.join(' ').split(',');
  const latitude = degrees(latitudeText, 90);
  const longitude = degrees(longitudeText, 180);
  if (name.trim() === '' || latitude === undefined || longitude === undefined || more.length > 0)
    return `"${rest.join(' ')}" is not name,latitude,longitude such as Frankfurt,50.11,8.68`;
  const [address, bits] = ipaddr.parseCIDR(network);
  const location: GeoLocation = {
    name: name.trim(),
    latitude,
    longitude,
    accuracyKm: operatorAccuracyKm,
    source: 'operator',
  };
  return { kind: address.kind(), bytes: address.toByteArray(), bits, location };
}

function degrees(text: string | undefined, maxDegrees: number): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) && Math.abs(value) <= maxDegrees ? value : undefined;
}
