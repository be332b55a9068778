import { z } from 'zod';
import { type EdgeId, edgeIdSchema } from '#core/contracts/heartbeat.js';
import { type PublicationId, publicationIdSchema } from '#core/contracts/ids.js';
import {
  type PlaybackGrant,
  type TokenKey,
  type TokenRefusal,
  verifyPlaybackToken,
} from '#core/contracts/playback-token.js';

/**
 * One session's steering: what its playback token grants, and the pathways its playlist has, as first
 * ordered.
 */
export interface SteeringSession extends PlaybackGrant {
  edgeIds: EdgeId[];
}

const edgeIdsSchema = z.array(edgeIdSchema).min(1).max(16);
/** Stands in no edge id, and needs no escape in a path. */
const separator = '~';

/**
 * `{token}/{publicationId}/{edge ids}`, below `/steering/`. The playback token is the session's signature.
 * The edge ids need none: a player that changes its own only misleads itself.
 */
export function writeSteeringPath(
  token: string,
  publicationId: PublicationId,
  edgeIds: readonly EdgeId[],
): string {
  return `${token}/${publicationId}/${edgeIds.join(separator)}`;
}

/** Verifies in constant time. `nowSeconds` is Unix time. */
export function readSteeringSession(
  keys: readonly TokenKey[],
  parts: { token: string; publicationId: string; edgeIds: string },
  nowSeconds: number,
): { ok: true; session: SteeringSession } | { ok: false; refusal: TokenRefusal } {
  const publication = publicationIdSchema.safeParse(parts.publicationId);
  const edgeIds = edgeIdsSchema.safeParse(parts.edgeIds.split(separator, 17));
  if (!publication.success || !edgeIds.success) return { ok: false, refusal: 'malformed' };
  const verified = verifyPlaybackToken(keys, parts.token, publication.data, nowSeconds);
  if (!verified.ok) return verified;
  return { ok: true, session: { ...verified.grant, edgeIds: [...new Set(edgeIds.data)] } };
}
