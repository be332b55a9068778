import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeIdSchema } from '#core/contracts/heartbeat.js';
import { chooseEdges } from '#delivery/choose/choose-edges.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import type { StageRecord } from '#delivery/choose/explain-stage.js';
import { scoreByRendezvous } from '#delivery/choose/score-by-rendezvous.js';
import type { GeoLocation } from '#delivery/client/geo-location.js';

const cities = {
  london: { name: 'London', latitude: 51.5, longitude: -0.12 },
  paris: { name: 'Paris', latitude: 48.86, longitude: 2.35 },
  newYork: { name: 'New York', latitude: 40.71, longitude: -74.01 },
  tokyo: { name: 'Tokyo', latitude: 35.69, longitude: 139.69 },
};

function edge(edgeId: string, overrides: Partial<EdgeState> = {}): EdgeState {
  return {
    edgeId: edgeIdSchema.parse(edgeId),
    publicUrl: `http://${edgeId}.example`,
    location: cities.london,
    capacityBitsPerSecond: 1e9,
    bitsPerSecond: 0,
    sessions: 0,
    ttfbMs: 5,
    draining: false,
    health: 'healthy',
    healthReason: 'answers probes',
    badness: 0,
    ...overrides,
  };
}

function location(city: keyof typeof cities, accuracyKm = 50): GeoLocation {
  return { ...cities[city], accuracyKm, source: 'geoip' };
}

const ids = (edges: readonly EdgeState[]): string[] => edges.map(({ edgeId }) => edgeId);

function choose(edges: readonly EdgeState[], from?: GeoLocation, currentEdgeId?: string, titleId = 'title') {
  const stages: StageRecord[] = [];
  const question = { edges, titleId, location: from, currentEdgeId };
  const decision = chooseEdges(question, (record) => stages.push(record()));
  expect(chooseEdges(question), 'explaining changes nothing').toEqual(decision);
  return { ...decision, stages };
}

it('does not call an edge slow because the others have not sent anything from their caches', () => {
  const edges = [
    edge('measured', { ttfbMs: 60 }),
    edge('new-1', { ttfbMs: 0 }),
    edge('new-2', { ttfbMs: 0 }),
  ];
  const titles = Array.from({ length: 30 }, (_, index) => `title-${index}`);
  const first = titles.map((titleId) => choose(edges, undefined, undefined, titleId).edges[0]?.edgeId);
  expect(first).toContain('measured');
});

describe('distance and health', () => {
  const world = [
    edge('lon', { location: cities.london }),
    edge('nyc', { location: cities.newYork }),
    edge('tyo', { location: cities.tokyo }),
  ];

  it.each([
    { from: 'paris' as const, order: ['lon', 'nyc', 'tyo'] },
    { from: 'newYork' as const, order: ['nyc', 'lon', 'tyo'] },
    { from: 'tokyo' as const, order: ['tyo', 'lon', 'nyc'] },
  ])('orders edges by distance from $from: $order', ({ from, order }) => {
    expect(ids(choose(world, location(from)).edges)).toEqual(order);
  });

  it('puts all edges into one tier if the location is unknown', () => {
    const tier = choose(world).stages.find(({ stage }) => stage === 'tier');
    expect(tier?.dropped).toEqual([]);
  });

  it('puts edges into one tier if their distances differ by less than the accuracy of the location', () => {
    const edges = [
      edge('lon'),
      edge('par', { location: cities.paris }),
      edge('nyc', { location: cities.newYork }),
    ];
    const vague = choose(edges, location('london', 6_000)).stages.find(({ stage }) => stage === 'tier');
    expect(vague?.dropped).toEqual([]);
  });

  it.each([
    { name: 'down', change: { health: 'down' as const }, word: 'down' },
    { name: 'draining', change: { draining: true }, word: 'draining' },
    { name: 'suspect', change: { health: 'suspect' as const }, word: 'suspect' },
  ])('drops an edge that is $name, with the reason', ({ change, word }) => {
    const edges = [
      edge('near', change),
      edge('far', { location: cities.tokyo }),
      edge('mid', { location: cities.newYork }),
    ];
    const decision = choose(edges, location('london'));
    expect(ids(decision.edges)).toEqual(['mid', 'far']);
    expect(decision.stages[0]?.dropped).toEqual([
      { edgeId: 'near', reason: expect.stringMatching(`^${word}: `) },
    ]);
  });

  it('answers with no edge if all are down', () => {
    const decision = choose(
      [edge('a', { health: 'down' }), edge('b', { health: 'down' })],
      location('paris'),
    );
    expect(decision).toMatchObject({ edges: [], reason: 'none' });
  });

  it('uses suspect edges, never those that are down, when over half are unhealthy', () => {
    const edges = [
      edge('a', { health: 'suspect' }),
      edge('b', { health: 'suspect' }),
      edge('c', { health: 'down' }),
      edge('d'),
    ];
    const decision = choose(edges);
    expect(ids(decision.edges).sort()).toEqual(['a', 'b', 'd']);
    expect(decision.stages.some(({ stage }) => stage === 'panic')).toBe(true);
  });

  it('prefers an edge with room to a full one, and uses full ones if all are', () => {
    const full = { bitsPerSecond: 1e9 };
    const edges = [edge('near', full), edge('far', { location: cities.tokyo })];
    expect(ids(choose(edges, location('london')).edges)).toEqual(['far', 'near']);
    const allFull = choose(
      [edge('near', full), edge('far', { ...full, location: cities.tokyo })],
      location('london'),
    );
    expect(allFull).toMatchObject({ reason: 'all-full' });
    expect(allFull.edges).toHaveLength(2);
  });
});

describe('stickiness', () => {
  const edges = [
    edge('lon'),
    edge('par', { location: cities.paris }),
    edge('tyo', { location: cities.tokyo }),
  ];

  it('keeps a session on its edge if the gain is small', () => {
    for (const current of ['lon', 'par'])
      expect(ids(choose(edges, location('london'), current).edges)[0]).toBe(current);
  });

  it('moves a session if the gain is large', () => {
    expect(ids(choose(edges, location('london'), 'tyo').edges)[0]).not.toBe('tyo');
  });

  it('moves a session off an edge that is down', () => {
    const fleet = edges.map((one) => (one.edgeId === 'lon' ? edge('lon', { health: 'down' }) : one));
    expect(ids(choose(fleet, location('london'), 'lon').edges)).toEqual(['par', 'tyo']);
  });
});

const fleetArbitrary = fc
  .array(
    fc.record({
      capacityBitsPerSecond: fc.integer({ min: 1, max: 8 }).map((size) => size * 1e9),
      ttfbMs: fc.integer({ min: 0, max: 5_000 }),
      sessions: fc.nat({ max: 500 }),
      bitsPerSecond: fc.integer({ min: 0, max: 9e9 }),
      health: fc.constantFrom('healthy' as const, 'healthy' as const, 'suspect' as const, 'down' as const),
      draining: fc.boolean(),
      location: fc.constantFrom(...Object.values(cities)),
    }),
    { maxLength: 12 },
  )
  .map((fleet) => fleet.map((one, index) => edge(`e${index}`, one)));

describe('any fleet', () => {
  const locationArbitrary = fc.option(fc.constantFrom(location('paris'), location('tokyo', 1_000)), {
    nil: undefined,
  });

  it('answers with distinct usable edges, three if there are three', () => {
    fc.assert(
      fc.property(fleetArbitrary, locationArbitrary, fc.uuid({ version: 7 }), (fleet, from, titleId) => {
        const { edges } = choose(fleet, from, undefined, titleId);
        expect(new Set(edges).size).toBe(edges.length);
        expect(edges.every(({ health, draining }) => health !== 'down' && !draining)).toBe(true);
        const usable = fleet.filter(({ health, draining }) => health === 'healthy' && !draining);
        expect(edges.length).toBeGreaterThanOrEqual(Math.min(3, usable.length));
      }),
    );
  });

  it('either answers with an edge or gives a reason for dropping it', () => {
    fc.assert(
      fc.property(fleetArbitrary, locationArbitrary, (fleet, from) => {
        const { edges, stages } = choose(fleet, from);
        const dropped = stages
          .filter(({ stage }) => stage === 'filter' || stage === 'answer')
          .flatMap((stage) => stage.dropped.map(({ edgeId }) => edgeId));
        expect([...ids(edges), ...dropped].sort()).toEqual(ids(fleet).sort());
      }),
    );
  });
});

describe('bounded load', () => {
  it('never gives an edge more than 1.25 of its share, even if everybody watches one title', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 8 }),
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 300 }),
        (sizes, titles) => {
          const fleet = sizes.map((size, index) => edge(`e${index}`, { capacityBitsPerSecond: size * 1e12 }));
          const capacity = sizes.reduce((sum, size) => sum + size, 0);
          for (const [sessions, title] of titles.entries()) {
            // One title has five sixths of the sessions.
            const [chosen] = choose(fleet, undefined, undefined, title === 5 ? 'rare' : 'premiere').edges;
            if (!chosen) throw new Error('no edge chosen');
            chosen.sessions += 1;
            const share = chosen.capacityBitsPerSecond / 1e12 / capacity;
            expect(chosen.sessions).toBeLessThanOrEqual(Math.ceil(1.25 * (sessions + 1) * share));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps a title on the edges its hash chooses while they have room', () => {
    const fleet = ['a', 'b', 'c', 'd'].map((id) => edge(id, { sessions: 100 }));
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), (titleId) => {
        const expected = [...fleet].sort(
          (x, y) => scoreByRendezvous(titleId)(y.edgeId, 1e9) - scoreByRendezvous(titleId)(x.edgeId, 1e9),
        );
        expect(ids(choose(fleet, undefined, undefined, titleId).edges)).toEqual(ids(expected.slice(0, 3)));
      }),
    );
  });
});
