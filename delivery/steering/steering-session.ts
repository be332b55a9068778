import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { edgeIdSchema } from '#core/contracts/heartbeat.js';
import { publicationIdSchema } from '#core/contracts/ids.js';
import { tokenLeewaySeconds, type TokenKey } from '#core/contracts/playback-token.js';

/** What a player's playlist promised it: signed, so that only we decide where it may go. */
const steeringSessionSchema = z.object({
  publicationId: publicationIdSchema,
  sessionId: z.string(),
  /** Pathways of its playlist, as first ordered. */
  edgeIds: z.array(edgeIdSchema).min(1).max(16),
  /** Unix time, seconds: that of its playback token. */
  expiresAt: z.number().int(),
});
export type SteeringSession = z.infer<typeof steeringSessionSchema>;

export type SteeringRefusal = 'malformed' | 'unknown_key' | 'wrong_signature' | 'expired';

const SESSION = /^([a-z0-9]{1,16})\.([A-Za-z0-9_-]{1,2048})\.([A-Za-z0-9_-]{43})$/;

/** The purpose is signed too: a steering signature is good for nothing else, though the keys are the tokens'. */
function signatureOf(key: TokenKey, payload: string): Buffer {
  return createHmac('sha256', key.secret).update(`millrace-steering-1\n${key.keyId}\n${payload}`).digest();
}

/** `{keyId}.{payload}.{HMAC-SHA256}`, fit to be one path element. */
export function signSteeringSession(key: TokenKey, session: SteeringSession): string {
  const { publicationId, sessionId, edgeIds, expiresAt } = session;
  const payload = Buffer.from(
    [publicationId, sessionId, expiresAt.toString(36), ...edgeIds].join('~'),
  ).toString('base64url');
  return `${key.keyId}.${payload}.${signatureOf(key, payload).toString('base64url')}`;
}

/** Verifies in constant time; nothing of the payload is read before its signature holds. */
export function verifySteeringSession(
  keys: readonly TokenKey[],
  text: string,
  nowSeconds: number,
): { ok: true; session: SteeringSession } | { ok: false; refusal: SteeringRefusal } {
  const match = SESSION.exec(text);
  if (!match?.[1] || !match[2] || !match[3]) return { ok: false, refusal: 'malformed' };
  const [, keyId, payload, signature] = match;
  const key = keys.find((candidate) => candidate.keyId === keyId);
  if (!key) return { ok: false, refusal: 'unknown_key' };
  if (!timingSafeEqual(signatureOf(key, payload), Buffer.from(signature, 'base64url')))
    return { ok: false, refusal: 'wrong_signature' };
  const [publicationId, sessionId, expires = '', ...edgeIds] = Buffer.from(payload, 'base64url')
    .toString()
    .split('~');
  const expiresAt = Number.parseInt(expires, 36);
  const parsed = steeringSessionSchema.safeParse({ publicationId, sessionId, edgeIds, expiresAt });
  if (!parsed.success) return { ok: false, refusal: 'malformed' };
  if (expiresAt + tokenLeewaySeconds < nowSeconds) return { ok: false, refusal: 'expired' };
  return { ok: true, session: parsed.data };
}
