import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header carries the secret. Compared as digests: in constant time, whatever its length. */
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
