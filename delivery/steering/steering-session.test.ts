import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { edgeIdSchema } from '#core/contracts/heartbeat.js';
import { createTitleId, publicationIdOf } from '#core/contracts/ids.js';
import { createSessionId, signPlaybackToken } from '#core/contracts/playback-token.js';
import { readSteeringSession, writeSteeringPath } from '#delivery/steering/steering-session.js';

const key = { keyId: 'k1', secret: randomBytes(32) };
const publicationId = publicationIdOf(createTitleId(), 1);
const sessionId = createSessionId();
const expiresAt = 2_000_000_000;
const token = signPlaybackToken(key, { publicationId, sessionId, expiresAt });

function read(path: string, nowSeconds = expiresAt - 1, keys = [key]) {
  const [token = '', publicationId = '', edgeIds = ''] = path.split('/');
  return readSteeringSession(keys, { token, publicationId, edgeIds }, nowSeconds);
}

describe('steering session', () => {
  it('is the same after writing and reading its path, which needs no escapes', () => {
    const edgeIds = ['lon', 'par-2'].map((id) => edgeIdSchema.parse(id));
    const path = writeSteeringPath(token, publicationId, edgeIds);
    expect(read(path)).toEqual({
      ok: true,
      session: { publicationId, sessionId, expiresAt, keyId: 'k1', edgeIds },
    });
    expect(new URL(`http://x/steering/${path}`).pathname).toBe(`/steering/${path}`);
  });

  it.each([
    { name: 'expired', path: `${token}/${publicationId}/lon`, now: expiresAt + 61, refusal: 'expired' },
    {
      name: 'of another publication',
      path: `${token}/${publicationIdOf(createTitleId(), 1)}/lon`,
      refusal: 'wrong_signature',
    },
    { name: 'without edges', path: `${token}/${publicationId}/`, refusal: 'malformed' },
    { name: 'with a bad edge', path: `${token}/${publicationId}/lon~<x>`, refusal: 'malformed' },
    {
      name: 'with too many edges',
      path: `${token}/${publicationId}/${'lon~'.repeat(9_999)}lon`,
      refusal: 'malformed',
    },
    { name: 'forged', path: 'x/y/z', refusal: 'malformed' },
  ])('refuses a path that is $name', ({ path, now, refusal }) => {
    expect(read(path, now)).toEqual({ ok: false, refusal });
  });

  it('lists no edge twice', () => {
    expect(read(`${token}/${publicationId}/lon~par~lon`)).toMatchObject({
      session: { edgeIds: ['lon', 'par'] },
    });
  });
});
