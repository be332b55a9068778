import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheOutcomes, readCacheStatus } from '#web/telemetry/read-cache-status.js';

describe('readCacheStatus', () => {
  it.each([
    ['edge-1; hit', 'edge-1', 'hit'],
    ['edge-1;hit;ttl=30', 'edge-1', 'hit'],
    ['edge-1; fwd=uri-miss; stored', 'edge-1', 'miss'],
    ['edge-1; fwd=uri-miss; collapsed', 'edge-1', 'collapsed'],
    ['edge-1; fwd=uri-miss; collapsed=?0', 'edge-1', 'miss'],
    ['edge-1; fwd=stale; fwd-status=304', 'edge-1', 'revalidated'],
    ['edge-1; fwd=stale; fwd-status=503', 'edge-1', 'stale'],
    ['edge-1; hit; detail=stale', 'edge-1', 'stale'],
    ['shield; fwd=uri-miss, edge-1; hit', 'edge-1', 'hit'],
    ['shield; hit, edge-1; fwd=uri-miss', 'edge-1', 'miss'],
    ['"a,b;c"; hit', 'a,b;c', 'hit'],
    ['edge-1; detail="x; hit, y"; fwd=bypass', 'edge-1', 'miss'],
    ['edge-1', 'edge-1', 'unknown'],
    ['', '', 'unknown'],
  ])('reads "%s"', (header, cache, outcome) => {
    expect(readCacheStatus(header)).toEqual({ cache, outcome });
  });

  it('reads a missing header as unknown', () => {
    expect(readCacheStatus(null).outcome).toBe('unknown');
    expect(readCacheStatus(undefined).outcome).toBe('unknown');
  });

  it('returns one of the outcomes for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(cacheOutcomes).toContain(readCacheStatus(text).outcome);
      }),
    );
  });
});
