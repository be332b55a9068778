import ipaddr from 'ipaddr.js';
import type { GeoLocation, LocationFinder } from '#delivery/client/geo-location.js';

/** Operators know the locations of their networks: campuses, offices, exchange points. */
const operatorAccuracyKm = 10;

/** The networks of one prefix length. */
interface PrefixTable {
  bits: number;
  /** By `prefixKey`. */
  locations: Map<string, GeoLocation>;
}

/**
 * Parses the operator's table of networks, one per line: `10.1.0.0/16 Frankfurt,50.11,8.68` (name, latitude,
 * longitude, as in MILLRACE_EDGE_LOCATION). `#` begins a comment. The longest matching prefix wins. Throws an
 * error that lists every invalid line.
 */
export function parseLocationTable(text: string): LocationFinder {
  const problems: string[] = [];
  const families = { ipv4: new Map<number, PrefixTable>(), ipv6: new Map<number, PrefixTable>() };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const entry = line.replace(/#.*$/, '').trim();
    if (entry === '') continue;
    const parsed = parseEntry(entry);
    if (typeof parsed === 'string') {
      problems.push(`line ${index + 1}: ${parsed}`);
      continue;
    }
    const tables = families[parsed.kind];
    const table = tables.get(parsed.bits) ?? {
      bits: parsed.bits,
      locations: new Map<string, GeoLocation>(),
    };
    table.locations.set(prefixKey(parsed.bytes, parsed.bits), parsed.location);
    tables.set(parsed.bits, table);
  }
  if (problems.length > 0)
    throw new Error(`invalid locations table:\n${problems.map((text) => `  ${text}`).join('\n')}`);
  return createFinder(sortByLength(families.ipv4), sortByLength(families.ipv6));
}

/** Longest prefix first. */
function sortByLength(tables: Map<number, PrefixTable>): PrefixTable[] {
  return [...tables.values()].sort((a, b) => b.bits - a.bits);
}

function createFinder(ipv4: readonly PrefixTable[], ipv6: readonly PrefixTable[]): LocationFinder {
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

/** Writes the first `bits` of an address as text. Addresses have the same key if they share the prefix. */
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
  const latitude = parseDegrees(latitudeText, 90);
  const longitude = parseDegrees(longitudeText, 180);
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

function parseDegrees(text: string | undefined, maxDegrees: number): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) && Math.abs(value) <= maxDegrees ? value : undefined;
}
