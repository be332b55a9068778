import { expect, it } from 'vitest';
import { edgeIdSchema } from '#core/contracts/heartbeat.js';
import type { EdgeHealth, EdgeState } from '#delivery/choose/edge-state.js';
import { orderPathways } from '#delivery/steering/order-pathways.js';

const [lon, par, nyc] = ['lon', 'par', 'nyc'].map((id) => edgeIdSchema.parse(id)) as [
  EdgeState['edgeId'],
  EdgeState['edgeId'],
  EdgeState['edgeId'],
];

function edge(edgeId: EdgeState['edgeId'], health: EdgeHealth = 'healthy', draining = false): EdgeState {
  return {
    edgeId,
    publicUrl: `http://${edgeId}.example`,
    location: { name: 'London', latitude: 51.5, longitude: 0 },
    capacityBitsPerSecond: 1e9,
    bitsPerSecond: 0,
    sessions: 0,
    ttfbMs: 5,
    draining,
    health,
    healthReason: 'set by the test',
    badness: 0,
  };
}

const spare = edge(edgeIdSchema.parse('spare'));

function order(edges: readonly EdgeState[], currentEdgeId?: EdgeState['edgeId']): string[] {
  return orderPathways({ edgeIds: [lon, par, nyc], edges, titleId: 't', location: undefined, currentEdgeId });
}

it('keeps a playing session where it is', () => {
  for (const current of [lon, par, nyc])
    expect(order([edge(lon), edge(par), edge(nyc), spare], current)[0]).toBe(current);
});

it.each([
  { name: 'is down', edges: [edge(lon, 'down'), edge(par), edge(nyc), spare] },
  { name: 'drains', edges: [edge(lon, 'healthy', true), edge(par), edge(nyc), spare] },
  { name: 'is forgotten', edges: [edge(par), edge(nyc), spare] },
])('moves a session off an edge that $name, which comes last', ({ edges }) => {
  const pathways = order(edges, lon);
  expect(pathways.at(-1)).toBe('lon');
  expect([...pathways].sort()).toEqual(['lon', 'nyc', 'par']);
});

it('lists every pathway of the playlist once, and no other, when all are down', () => {
  expect(order([edge(lon, 'down'), edge(par, 'down'), spare, edge(nyc, 'down')], par)).toEqual([
    'lon',
    'par',
    'nyc',
  ]);
});
