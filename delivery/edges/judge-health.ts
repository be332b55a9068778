import type { Redis } from 'ioredis';
import { Agent, request } from 'undici';
import { edgeIdSchema, type Heartbeat, heartbeatSchema } from '#core/contracts/heartbeat.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys } from '#core/queue/queues.js';
import type { EdgeHealth } from '#delivery/choose/edge-state.js';

/** The two independent signs of an edge's health. */
export interface EdgeSigns {
  /** `unknown`: Redis is down or has just come back, so a missing heartbeat proves nothing. */
  heartbeat: 'fresh' | 'stale' | 'unknown';
  /** `never`: no probe ever succeeded. Delivery may lack a route to the edge, so failures prove nothing. */
  probe: ProbeOutcome | 'never';
}

/**
 * Judges an edge as down if both signs are bad and as suspect if they disagree. A successful probe outweighs
 * a missing heartbeat, because players use HTTP, not Redis.
 */
export function judgeHealth({ heartbeat, probe }: EdgeSigns): { health: EdgeHealth; reason: string } {
  if (probe === 'alive') return { health: 'healthy', reason: `answers probes, heartbeat ${heartbeat}` };
  if (probe === 'never') {
    return heartbeat === 'stale'
      ? { health: 'down', reason: 'its heartbeats stopped' }
      : { health: 'healthy', reason: `heartbeat ${heartbeat}, no probe ever succeeded` };
  }
  const failure = probe === 'refused' ? 'it refuses connections' : 'it does not answer probes';
  if (heartbeat === 'stale') return { health: 'down', reason: `its heartbeats stopped and ${failure}` };
  if (heartbeat === 'unknown' && probe === 'refused') return { health: 'down', reason: failure };
  return { health: 'suspect', reason: `${failure}, heartbeat ${heartbeat}` };
}

/** `refused`: nothing listens on the host, so the process has ended. `failed`: a wrong or no answer. */
export type ProbeOutcome = 'alive' | 'refused' | 'failed';
export type EdgeProbe = (publicUrl: string) => Promise<ProbeOutcome>;

/** Shorter than the pause between probes, so that delivery notices an edge that hangs within two seconds. */
const probeTimeoutMs = 800;

/** Creates a probe of `/healthz` that never rejects. Open connections show at once when a process dies. */
export function createEdgeProber(): { probe: EdgeProbe; close: () => Promise<void> } {
  const agent = new Agent({ connections: 1, connectTimeout: probeTimeoutMs, keepAliveTimeout: 10_000 });
  const probe: EdgeProbe = async (publicUrl) => {
    try {
      const answer = await request(`${publicUrl}/healthz`, {
        dispatcher: agent,
        signal: AbortSignal.timeout(probeTimeoutMs),
      });
      await answer.body.dump({ limit: 4_096 });
      return answer.statusCode === 200 ? 'alive' : 'failed';
    } catch (error) {
      return isRefusal(error) ? 'refused' : 'failed';
    }
  };
  return { probe, close: () => agent.destroy() };
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === 'ECONNREFUSED') return true;
  return error instanceof AggregateError && error.errors.some(isRefusal);
}

/** Reads the heartbeats in Redis, which are at most three seconds old. Rejects if Redis does not answer. */
export type HeartbeatReader = () => Promise<Heartbeat[]>;

/** Bounds the memory that a faulty writer can make delivery use. */
const maxEdges = 2_000;

export function createHeartbeatReader(redis: Pick<Redis, 'smembers' | 'mget'>): HeartbeatReader {
  const read = async (): Promise<Heartbeat[]> => {
    const known = (await redis.smembers(redisKeys.edges)).filter((id) => edgeIdSchema.safeParse(id).success);
    const ids = known.slice(0, maxEdges);
    if (ids.length === 0) return [];
    const texts = await redis.mget(ids.map((id) => redisKeys.edge(id)));
    return texts.flatMap((text, index) => parseHeartbeat(text, ids[index]) ?? []);
  };
  return () => awaitRedis(read());
}

/** Returns undefined for an expired key and for a text that is not a heartbeat of this edge. */
function parseHeartbeat(text: string | null, edgeId: string | undefined): Heartbeat | undefined {
  if (text === null) return undefined;
  try {
    const heartbeat = heartbeatSchema.parse(JSON.parse(text));
    const { protocol } = new URL(heartbeat.publicUrl);
    if (heartbeat.edgeId !== edgeId || (protocol !== 'http:' && protocol !== 'https:')) return undefined;
    return { ...heartbeat, publicUrl: heartbeat.publicUrl.replace(/\/+$/, '') };
  } catch {
    return undefined;
  }
}
