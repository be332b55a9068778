import { type BigIntStats, lstatSync, utimesSync } from 'node:fs';

/** More than twice what a double can tell apart in seconds since 1970, and more than any file system rounds but the oldest. */
const stepSeconds = 2e-6;
const oldFileSystemStepSeconds = 2;

/**
 * Version of a stored file: its size and its modification time, which `stampVersion` makes rise with every replacement.
 * So a head costs one stat, however large the object, and is still strong enough to swap by.
 */
export function etagOf(stats: BigIntStats): string {
  return `"${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}"`;
}

/**
 * Gives a finished file the modification time that is its version: now, and later than `replaced`, so that no version of
 * a key comes back. The random part (under 1 ms) tells apart a key deleted and made again within a millisecond.
 */
export function stampVersion(path: string, replaced: BigIntStats | undefined): string {
  const floorSeconds = replaced ? Number(replaced.mtimeNs) / 1e9 + stepSeconds : 0;
  const seconds = Math.max((Date.now() + Math.random()) / 1000, floorSeconds);
  utimesSync(path, seconds, seconds);
  const etag = etagOf(lstatSync(path, { bigint: true }));
  if (!replaced || etag !== etagOf(replaced)) return etag;
  utimesSync(path, seconds, seconds + oldFileSystemStepSeconds);
  return etagOf(lstatSync(path, { bigint: true }));
}
