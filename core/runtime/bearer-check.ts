import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header holds the expected secret. */
export type BearerCheck = (authorization: string | undefined) => boolean;

/**
 * Makes a check of Authorization headers for a bearer secret; without a secret it accepts any. Comparing
 * digests takes constant time whatever the header's length.
 */
export function createBearerCheck(secret: string | undefined): BearerCheck {
  if (secret === undefined) return () => true;
  const expected = digest(`Bearer ${secret}`);
  return (authorization) => timingSafeEqual(digest(authorization ?? ''), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
