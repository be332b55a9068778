import { createSessionId, signPlaybackToken } from '#core/contracts/playback-token.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { EdgeState } from '#delivery/choose/edge-state.js';
import { answerPersonal } from '#delivery/http/answer-personal.js';
import { decidePlay, describeDecision, type PlayDecision } from '#delivery/http/decide-play.js';
import type { DeliveryContext } from '#delivery/http/delivery-context.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { readClientRequest } from '#delivery/http/read-client-request.js';
import { requireTitleId } from '#delivery/http/require-title-id.js';
import { writeSteeringPath } from '#delivery/steering/steering-session.js';
import type { LoadedTitle } from '#delivery/titles/title-reader.js';

const playlistType = 'application/vnd.apple.mpegurl';
/** Added to the duration of the title. Allows a pause overnight, and lets leaked links expire. */
const tokenLifeSeconds = 6 * 3_600;
/** An edge is known again within seconds of its start. */
const retrySeconds = 3;

/** Answers `GET /play/{titleId}.m3u8` with the multivariant playlist made for this client. */
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

/** Throws 406 if the client can play no rendition, 503 if no edge is usable. */
function requireAnswer(title: LoadedTitle, decision: PlayDecision): [EdgeState, ...EdgeState[]] {
  const { renditions, edges, client } = decision;
  if (renditions.renditionIds.length === 0) {
    throw new ProblemError(
      406,
      'nothing-playable',
      `This client (${client.device.basis}) can play none of the ${renditions.dropped.length} renditions ` +
        `of title ${title.record.titleId}. A player can declare more with ?caps=h264,hevc,av1,1080p,hdr.`,
      { fields: { dropped: renditions.dropped } },
    );
  }
  const [best, ...others] = edges.edges;
  if (best) return [best, ...others];
  throw new ProblemError(
    503,
    'no-living-edge',
    'No edge server is available now. Try again in a few seconds.',
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
