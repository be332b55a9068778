import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PublicationId } from '#core/contracts/ids.js';

/** One signing key: several are accepted, the first signs. */
export interface TokenKey {
  keyId: string;
  secret: Buffer;
}

/** What a verified token grants: everything below one publication, to one session, until it expires. */
export interface PlaybackGrant {
  publicationId: PublicationId;
  sessionId: string;
  /** Unix time, seconds. */
  expiresAt: number;
  keyId: string;
}

export type TokenRefusal = 'malformed' | 'unknown_key' | 'wrong_signature' | 'expired' | 'not_yet';

/** Clocks of signer and verifier may differ by this much, seconds. */
export const tokenLeewaySeconds = 60;
/** A token dated further ahead than this was not signed by us in this century. */
const maxLifetimeSeconds = 31 * 24 * 3600;
const TOKEN = /^1\.([a-z0-9]{1,16})\.([0-9a-z]{1,8})\.([A-Za-z0-9_-]{8,32})\.([A-Za-z0-9_-]{43})$/;

/** `keyId:hex,keyId2:hex`; secrets of 32 bytes or more. Throws with what is wrong, never with a secret. */
export function parseTokenKeys(text: string): TokenKey[] {
  const keys = text.split(',').map((part, index) => {
    const [keyId, hex, ...rest] = part.trim().split(':');
    if (
      !keyId ||
      !hex ||
      rest.length > 0 ||
      !/^[a-z0-9]{1,16}$/.test(keyId) ||
      !/^([0-9a-f]{2}){32,}$/i.test(hex)
    ) {
      throw new Error(`token key ${index + 1} is not "id:hex": an id of a-z0-9 and at least 64 hex digits`);
    }
    return { keyId, secret: Buffer.from(hex, 'hex') };
  });
  if (new Set(keys.map((key) => key.keyId)).size !== keys.length)
    throw new Error('token key ids must differ');
  return keys;
}

const sessionIdBytes = 12;
/** Random bytes fetched ahead: asking the system for each session's dozen costs ten times as much. */
let randomPool = Buffer.alloc(0);
let poolOffset = 0;

export function createSessionId(): string {
  if (poolOffset === randomPool.length) {
    randomPool = randomBytes(sessionIdBytes * 256);
    poolOffset = 0;
  }
  poolOffset += sessionIdBytes;
  return randomPool.toString('base64url', poolOffset - sessionIdBytes, poolOffset);
}

function signatureOf(key: TokenKey, expires: string, sessionId: string, publicationId: string): Buffer {
  // Fields cannot hold a newline, so the joined text has one reading only.
  const text = ['millrace-playback-1', key.keyId, expires, sessionId, publicationId].join('\n');
  return createHmac('sha256', key.secret).update(text).digest();
}

/**
 * `1.{keyId}.{expiry, base 36}.{session}.{HMAC-SHA256}`. The publication id is signed but not repeated: it is the path
 * element after the token, so a token for one publication fails on any other.
 */
export function signPlaybackToken(
  key: TokenKey,
  grant: { publicationId: PublicationId; sessionId: string; expiresAt: number },
): string {
  const expires = Math.floor(grant.expiresAt).toString(36);
  const signature = signatureOf(key, expires, grant.sessionId, grant.publicationId).toString('base64url');
  return `1.${key.keyId}.${expires}.${grant.sessionId}.${signature}`;
}

/** Verifies in constant time. `nowSeconds` is Unix time. */
export function verifyPlaybackToken(
  keys: readonly TokenKey[],
  token: string,
  publicationId: PublicationId,
  nowSeconds: number,
): { ok: true; grant: PlaybackGrant } | { ok: false; refusal: TokenRefusal } {
  const match = TOKEN.exec(token);
  if (!match?.[1] || !match[2] || !match[3] || !match[4]) return { ok: false, refusal: 'malformed' };
  const [, keyId, expires, sessionId, signature] = match;
  const key = keys.find((candidate) => candidate.keyId === keyId);
  if (!key) return { ok: false, refusal: 'unknown_key' };
  const expected = signatureOf(key, expires, sessionId, publicationId);
  if (!timingSafeEqual(expected, Buffer.from(signature, 'base64url'))) {
    return { ok: false, refusal: 'wrong_signature' };
  }
  const expiresAt = Number.parseInt(expires, 36);
  if (expiresAt + tokenLeewaySeconds < nowSeconds) return { ok: false, refusal: 'expired' };
  if (expiresAt > nowSeconds + maxLifetimeSeconds + tokenLeewaySeconds)
    return { ok: false, refusal: 'not_yet' };
  return { ok: true, grant: { publicationId, sessionId, expiresAt, keyId } };
}
