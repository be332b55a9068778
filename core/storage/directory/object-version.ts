import { type BigIntStats, lstatSync, utimesSync } from 'node:fs';

/** Over twice the resolution of a double of seconds since 1970. Only the oldest file systems are coarser. */
const stepSeconds = 2e-6;
const oldFileSystemStepSeconds = 2;

/**
 * Version of a stored file: its size and its modification time, which `stampVersion` increases with every
 * replacement. One stat gives it, however large the object, and it is strong enough for compare-and-swap.
 */
export function etagOf(stats: BigIntStats): string {
  return `"${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}"`;
}

/**
 * Sets the modification time that is a finished file's version: now, and later than `replaced`, so that no
 * version of a key returns. The random part (under 1 ms) distinguishes a key that is deleted and created
 * again within a millisecond.
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
