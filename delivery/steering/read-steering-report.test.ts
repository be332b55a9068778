import { expect, it } from 'vitest';
import { readSteeringReport } from '#delivery/steering/read-steering-report.js';

it.each([
  { name: 'quoted', query: { _HLS_pathway: '"lon"', _HLS_throughput: '5000000' }, edge: 'lon', rate: 5e6 },
  { name: 'bare', query: { _HLS_pathway: 'lon', _HLS_throughput: '5000000' }, edge: 'lon', rate: 5e6 },
  { name: 'overflown by hls.js', query: { _HLS_throughput: '-2147483648' }, edge: undefined, rate: 1e9 },
  { name: 'absurd', query: { _HLS_throughput: '999999999999999' }, edge: undefined, rate: 1e9 },
  {
    name: 'nonsense',
    query: { _HLS_pathway: '../"', _HLS_throughput: 'NaN' },
    edge: undefined,
    rate: undefined,
  },
  { name: 'nothing', query: {}, edge: undefined, rate: undefined },
])('reads a report that is $name', ({ query, edge, rate }) => {
  const given: Record<string, string | undefined> = query;
  expect(readSteeringReport((name) => given[name])).toEqual({
    currentEdgeId: edge,
    throughputBitsPerSecond: rate,
  });
});
