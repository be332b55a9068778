import type { Logger } from '#core/runtime/log.js';
import type { EdgeRegistry } from '#delivery/edges/edge-registry.js';

/** Twice per heartbeat, to notice half a second earlier that one has stopped. */
const readPauseMs = 500;
const probePauseMs = 1_000;

/** Updates the registry until `stop` is called. Resolves after the first read and probe. */
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

/** Logs once when Redis goes down and once when it is back, not twice a second. */
function readAndReport(registry: EdgeRegistry, log: Logger): () => Promise<void> {
  let wasDown = false;
  return async () => {
    const error = await registry.readOnce();
    const isDown = error !== undefined;
    if (isDown && !wasDown) log.warn({ err: error }, 'Redis is down: edges are judged by probes alone');
    if (!isDown && wasDown) log.info('Redis is back: heartbeats are read again');
    wasDown = isDown;
  };
}
