import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { edgeIdSchema } from '#core/contracts/heartbeat.js';
import { createTitleId, publicationIdOf } from '#core/contracts/ids.js';
import { createSessionId, signPlaybackToken } from '#core/contracts/playback-token.js';
import {
  readSteeringReport,
  readSteeringSession,
  writeSteeringPath,
} from '#delivery/steering/steering-session.js';

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

it.each([
  {
    name: 'a quoted pathway',
    query: { _HLS_pathway: '"lon"', _HLS_throughput: '5000000' },
    edge: 'lon',
    rate: 5e6,
  },
  {
    name: 'a bare pathway',
    query: { _HLS_pathway: 'lon', _HLS_throughput: '5000000' },
    edge: 'lon',
    rate: 5e6,
  },
  { name: 'an overflow of hls.js', query: { _HLS_throughput: '-2147483648' }, edge: undefined, rate: 1e9 },
  { name: 'an absurd throughput', query: { _HLS_throughput: '999999999999999' }, edge: undefined, rate: 1e9 },
  {
    name: 'malformed values',
    query: { _HLS_pathway: '../"', _HLS_throughput: 'NaN' },
    edge: undefined,
    rate: undefined,
  },
  { name: 'no value', query: {}, edge: undefined, rate: undefined },
])('reads a report with $name', ({ query, edge, rate }) => {
  const given: Record<string, string | undefined> = query;
  expect(readSteeringReport((name) => given[name])).toEqual({
    currentEdgeId: edge,
    throughputBitsPerSecond: rate,
  });
});
