import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Returns a check of Authorization headers for the bearer secret; without a secret it accepts any. Comparing
 * digests takes constant time whatever the header's length.
 */
export function createSecretCheck(
  secret: string | undefined,
): (authorization: string | undefined) => boolean {
  if (secret === undefined) return () => true;
  const expected = digest(`Bearer ${secret}`);
  return (authorization) => timingSafeEqual(digest(authorization ?? ''), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
