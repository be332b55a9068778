import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PublicationId } from '#core/contracts/ids.js';

/** A signing key. Tokens of every configured key are accepted; the first key signs. */
export interface TokenKey {
  keyId: string;
  secret: Buffer;
}

/**
 * What a verified token grants: access of one session to everything below one publication, until it expires.
 */
export interface PlaybackGrant {
  publicationId: PublicationId;
  sessionId: string;
  /** Unix time in seconds. */
  expiresAt: number;
  keyId: string;
}

export type TokenRefusal = 'malformed' | 'unknown_key' | 'wrong_signature' | 'expired' | 'not_yet';

/** Allowed difference between the clocks of signer and verifier. */
export const tokenLeewaySeconds = 60;
/** Tokens that expire further in the future than this are refused: no signer of ours issues them. */
const maxLifetimeSeconds = 31 * 24 * 3600;
const TOKEN = /^1\.([a-z0-9]{1,16})\.([0-9a-z]{1,8})\.([A-Za-z0-9_-]{8,32})\.([A-Za-z0-9_-]{43})$/;

/**
 * Parses `keyId:hex,keyId2:hex`, with secrets of at least 32 bytes. Throws an error that describes the
 * mistake and never contains a secret.
 */
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
  if (new Set(keys.map((key) => key.keyId)).size !== keys.length) {
    throw new Error('token key ids must differ');
  }
  return keys;
}

const sessionIdBytes = 12;
/**
 * Random bytes fetched in advance: a system call for the 12 bytes of each session takes ten times as long.
 */
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
  // Fields cannot contain a newline, so the joined text is unambiguous.
  const text = ['millrace-playback-1', key.keyId, expires, sessionId, publicationId].join('\n');
  return createHmac('sha256', key.secret).update(text).digest();
}

/**
 * Signs a token: `1.{keyId}.{expiry, base 36}.{session}.{HMAC-SHA256}`. The publication id is signed but not
 * part of the token: it is the path element after it, so a token for one publication fails on any other.
 */
export function signPlaybackToken(
  key: TokenKey,
  grant: { publicationId: PublicationId; sessionId: string; expiresAt: number },
): string {
  const expires = Math.floor(grant.expiresAt).toString(36);
  const signature = signatureOf(key, expires, grant.sessionId, grant.publicationId).toString('base64url');
  return `1.${key.keyId}.${expires}.${grant.sessionId}.${signature}`;
}

/** Verifies a token; compares the signature in constant time. `nowSeconds` is Unix time. */
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
