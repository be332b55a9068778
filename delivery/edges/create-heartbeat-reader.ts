import type { Redis } from 'ioredis';
import { edgeIdSchema, type Heartbeat, heartbeatSchema } from '#core/contracts/heartbeat.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys } from '#core/queue/queues.js';

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
