import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeIdSchema } from '#core/contracts/heartbeat.js';
import { createTitleId, publicationIdOf } from '#core/contracts/ids.js';
import { createSessionId } from '#core/contracts/playback-token.js';
import { signSteeringSession, verifySteeringSession } from '#delivery/steering/steering-session.js';

const key = { keyId: 'k1', secret: randomBytes(32) };
const session = {
  publicationId: publicationIdOf(createTitleId(), 1),
  sessionId: createSessionId(),
  edgeIds: ['lon', 'par-2'].map((id) => edgeIdSchema.parse(id)),
  expiresAt: 2_000_000_000,
};

describe('steering session', () => {
  it('reads back what was signed, with an older key too', () => {
    const text = signSteeringSession(key, session);
    const keys = [{ keyId: 'k2', secret: randomBytes(32) }, key];
    expect(verifySteeringSession(keys, text, 1_999_999_999)).toEqual({ ok: true, session });
    expect(encodeURIComponent(text)).toBe(text);
  });

  it.each([
    { name: 'expired', now: 2_000_000_061, keys: [key], refusal: 'expired' },
    { name: 'another key', now: 0, keys: [{ ...key, secret: randomBytes(32) }], refusal: 'wrong_signature' },
    { name: 'unknown key', now: 0, keys: [{ ...key, keyId: 'k9' }], refusal: 'unknown_key' },
  ])('refuses: $name', ({ now, keys, refusal }) => {
    expect(verifySteeringSession(keys, signSteeringSession(key, session), now)).toEqual({
      ok: false,
      refusal,
    });
  });

  it('refuses every text that differs from the signed one', () => {
    const text = signSteeringSession(key, session);
    fc.assert(
      fc.property(
        fc.nat({ max: text.length - 1 }),
        fc.string({ minLength: 1, maxLength: 1 }),
        (at, letter) => {
          const forged = text.slice(0, at) + letter + text.slice(at + 1);
          // The last base64url letter of a signature carries four bits: others may decode to the same bytes.
          fc.pre(forged !== text && at < text.length - 1);
          expect(verifySteeringSession([key], forged, 0).ok).toBe(false);
        },
      ),
    );
    expect(verifySteeringSession([key], 'x'.repeat(100_000), 0)).toEqual({ ok: false, refusal: 'malformed' });
  });
});
