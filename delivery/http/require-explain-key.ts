import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TokenKey } from '#core/contracts/playback-token.js';
import { ProblemError } from '#core/runtime/problem.js';

/** Derives the operators' key from a token key, so that there is no second secret to keep. */
export function deriveExplainKey(key: TokenKey): string {
  return createHmac('sha256', key.secret).update('millrace-explain-1').digest('hex');
}

/** Throws 401 unless `authorization` is `Bearer` and an explain key of `keys`. Compares in constant time. */
export function requireExplainKey(keys: readonly TokenKey[], authorization: string | undefined): void {
  const given = Buffer.from(/^Bearer ([0-9a-f]{64})$/i.exec(authorization ?? '')?.[1] ?? '', 'hex');
  const isKnown = keys.some((key) => {
    const expected = Buffer.from(deriveExplainKey(key), 'hex');
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (isKnown) return;
  throw new ProblemError(
    401,
    'explain-key',
    'This address is for operators. Send "Authorization: Bearer" with the explain key (delivery/README.md).',
    { headers: { 'www-authenticate': 'Bearer' } },
  );
}
