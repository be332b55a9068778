import { expect, it } from 'vitest';
import { readSteeringReport } from '#delivery/steering/read-steering-report.js';

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
