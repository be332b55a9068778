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
