import { createSessionId, signPlaybackToken } from '#core/contracts/playback-token.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import { answerPersonal } from '#delivery/http/answer-personal.js';
import { decidePlay, describeDecision, type PlayDecision } from '#delivery/http/decide-play.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import {
  type DeliveryContext,
  readClientRequest,
  requireTitleId,
} from '#delivery/http/read-client-request.js';
import { writeSteeringPath } from '#delivery/steering/steering-session.js';
import type { LoadedTitle } from '#delivery/titles/title-reader.js';

export const playlistType = 'application/vnd.apple.mpegurl';
/**
 * A pause for the night must not end a session; a link that leaks ends some time. On top of the film's own
 * length.
 */
const tokenLifeSeconds = 6 * 3_600;
/** Heartbeats are back within seconds of an edge's start. */
const retrySeconds = 3;

/** `GET /play/{titleId}.m3u8`: the multivariant playlist for this client. */
export async function answerPlay(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  const titleId = requireTitleId(context.req.param('file')?.replace(/\.m3u8$/, ''));
  const title = await parts.titles.readPlayable(titleId);
  const started = performance.now();
  const decision = decidePlay(parts, title, readClientRequest(context, parts.readAddress));
  parts.metrics.decisionSeconds.observe((performance.now() - started) / 1_000);
  const [best] = requireAnswer(title, decision);
  const playlist = writePlaylist(parts, title, decision);
  if (context.req.method === 'GET') {
    parts.edges.countAssignment(best);
    parts.metrics.assignments.inc({ edge: best.edgeId, reason: decision.edges.reason });
    parts.metrics.plays.inc({ result: 'ok' });
  }
  return answerPersonal(context, playlist, playlistType, { 'millrace-decision': describeDecision(decision) });
}

/** Throws what leaves this client without a playlist: nothing it can play, or no edge to play from. */
function requireAnswer(title: LoadedTitle, decision: PlayDecision): [EdgeState, ...EdgeState[]] {
  const { renditions, edges, client } = decision;
  if (renditions.renditionIds.length === 0) {
    throw new ProblemError(
      406,
      'nothing-playable',
      `None of the ${renditions.dropped.length} renditions of title ${title.record.titleId} suits this client ` +
        `(${client.device.basis}). A player that can do more says so with ?caps=h264,hevc,av1,1080p,hdr.`,
      { fields: { dropped: renditions.dropped } },
    );
  }
  const [best, ...others] = edges.edges;
  if (best) return [best, ...others];
  throw new ProblemError(
    503,
    'no-living-edge',
    'No edge can serve this title now. Try again in some seconds.',
    {
      headers: { 'retry-after': String(retrySeconds) },
    },
  );
}

function writePlaylist(parts: DeliveryParts, title: LoadedTitle, decision: PlayDecision): string {
  const { record, plan, measurement } = title;
  const { publicationId, durationSeconds } = record.publication;
  const { edges } = decision.edges;
  const [key] = parts.tokenKeys;
  const sessionId = createSessionId();
  const expiresAt = Math.floor(parts.nowMs() / 1_000 + tokenLifeSeconds + durationSeconds);
  const playbackToken = signPlaybackToken(key, { publicationId, sessionId, expiresAt });
  const steering = writeSteeringPath(
    playbackToken,
    publicationId,
    edges.map((edge) => edge.edgeId),
  );
  return parts.composer.compose(
    { plan, measurement, renditions: decision.renditions, edges },
    { playbackToken, steeringUrl: `${parts.publicUrl}/steering/${steering}` },
  );
}
