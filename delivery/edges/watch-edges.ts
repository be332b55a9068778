import type { Logger } from '#core/runtime/log.js';
import type { EdgeRegistry } from '#delivery/edges/edge-registry.js';

/** Twice a heartbeat: a stopped one is noticed half a second earlier. */
const readPauseMs = 500;
const probePauseMs = 1_000;

/** Keeps the registry's snapshot new until `stop` is called; resolves after the first read and probe. */
export async function watchEdges(
  registry: EdgeRegistry,
  log: Logger,
): Promise<{ stop: () => Promise<void> }> {
  let stopping = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, Promise<void>>();

  const repeat = (name: string, pauseMs: number, work: () => Promise<void>): void => {
    if (stopping) return;
    const timer = setTimeout(() => {
      running.set(
        name,
        work().then(() => repeat(name, pauseMs, work)),
      );
    }, pauseMs);
    timers.set(name, timer);
  };

  const read = readAndReport(registry, log);
  await read();
  await registry.probeOnce();
  repeat('read', readPauseMs, read);
  repeat('probe', probePauseMs, () => registry.probeOnce());
  return {
    stop: async () => {
      stopping = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}

/** One line when Redis goes and one when it comes back, not two a second. */
function readAndReport(registry: EdgeRegistry, log: Logger): () => Promise<void> {
  let wasAway = false;
  return async () => {
    const error = await registry.readOnce();
    const isAway = error !== undefined;
    if (isAway && !wasAway) log.warn({ err: error }, 'Redis is away: edges are judged by probes alone');
    if (!isAway && wasAway) log.info('Redis is back: heartbeats are read again');
    wasAway = isAway;
  };
}
