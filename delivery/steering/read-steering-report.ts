import { type EdgeId, edgeIdSchema } from '#core/contracts/heartbeat.js';

/** What a player reports with each reload (RFC 8216bis 7.1). */
export interface SteeringReport {
  currentEdgeId: EdgeId | undefined;
  throughputBitsPerSecond: number | undefined;
}

/** More than any rendition needs. Bounds the effect of a false report. */
const maxBitsPerSecond = 1_000_000_000;
const INTEGER = /^-?[0-9]{1,15}$/;

/**
 * Reads `_HLS_pathway`, which only some players quote, and `_HLS_throughput`. hls.js truncates the latter to
 * 32 bits: above 2.147 Gb/s it is negative, which counts as the maximum.
 */
export function readSteeringReport(query: (name: string) => string | undefined): SteeringReport {
  const pathway = query('_HLS_pathway')
    ?.slice(0, 128)
    .replace(/^"(.*)"$/, '$1');
  const current = edgeIdSchema.safeParse(pathway);
  const text = query('_HLS_throughput') ?? '';
  const throughput = INTEGER.test(text) ? Number(text) : 0;
  return {
    currentEdgeId: current.success ? current.data : undefined,
    throughputBitsPerSecond: throughput === 0 ? undefined : clamp(throughput),
  };
}

function clamp(bitsPerSecond: number): number {
  return bitsPerSecond < 0 ? maxBitsPerSecond : Math.min(bitsPerSecond, maxBitsPerSecond);
}
