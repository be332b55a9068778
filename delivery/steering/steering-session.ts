import { z } from 'zod';
import { type EdgeId, edgeIdSchema } from '#core/contracts/heartbeat.js';
import { type PublicationId, publicationIdSchema } from '#core/contracts/ids.js';
import {
  type PlaybackGrant,
  type TokenKey,
  type TokenRefusal,
  verifyPlaybackToken,
} from '#core/contracts/playback-token.js';

/** A session as its steering address describes it: the token's grant, and the pathways of its playlist. */
export interface SteeringSession extends PlaybackGrant {
  edgeIds: EdgeId[];
}

const maxEdges = 16;
const edgeIdsSchema = z.array(edgeIdSchema).min(1).max(maxEdges);
/** Never part of an edge id, and needs no escape in a path. */
const separator = '~';

/**
 * Writes the path of a session below `/steering/`: `{token}/{publicationId}/{edge ids}`. The playback token
 * is the session's signature. The edge ids need none: a player that changes them harms only itself.
 */
export function writeSteeringPath(
  token: string,
  publicationId: PublicationId,
  edgeIds: readonly EdgeId[],
): string {
  return `${token}/${publicationId}/${edgeIds.join(separator)}`;
}

/** Reads and verifies the parts of a path, in constant time. `nowSeconds` is Unix time. */
export function readSteeringSession(
  keys: readonly TokenKey[],
  path: { token: string; publicationId: string; edgeIds: string },
  nowSeconds: number,
): { ok: true; session: SteeringSession } | { ok: false; refusal: TokenRefusal } {
  const publication = publicationIdSchema.safeParse(path.publicationId);
  const edgeIds = edgeIdsSchema.safeParse(path.edgeIds.split(separator, maxEdges + 1));
  if (!publication.success || !edgeIds.success) return { ok: false, refusal: 'malformed' };
  const verified = verifyPlaybackToken(keys, path.token, publication.data, nowSeconds);
  if (!verified.ok) return verified;
  return { ok: true, session: { ...verified.grant, edgeIds: [...new Set(edgeIds.data)] } };
}

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
