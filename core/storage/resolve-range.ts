import { ObjectStoreError } from '#core/storage/object-store.js';

/** Resolves `range` in an object of `totalBytes`, both ends inclusive; limits `last` to the object. */
export function resolveRange(
  key: string,
  range: { first: number; last?: number },
  totalBytes: number,
): { first: number; last: number } {
  assertRange(key, range);
  if (range.first >= totalBytes)
    throw unsatisfiable(key, `byte ${range.first} requested, ${totalBytes} bytes stored`);
  return { first: range.first, last: Math.min(range.last ?? totalBytes - 1, totalBytes - 1) };
}

/** Throws `range_unsatisfiable` for a range that is negative, fractional, or ends before it starts. */
export function assertRange(key: string, range: { first: number; last?: number }): void {
  const { first, last = first } = range;
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last < first)
    throw unsatisfiable(key, `${first}-${range.last ?? ''} is not a byte range`);
}

function unsatisfiable(key: string, detail: string): ObjectStoreError {
  return new ObjectStoreError('range_unsatisfiable', key, `object ${key}: ${detail}`);
}
