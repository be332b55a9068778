import { Agent, request } from 'undici';

/**
 * `refused`: the host answers and nothing listens, so the process is gone. `failed`: no answer in time, or a
 * wrong one.
 */
export type ProbeOutcome = 'alive' | 'refused' | 'failed';
export type EdgeProbe = (publicUrl: string) => Promise<ProbeOutcome>;

/** Shorter than the pause between probes, so that a silent edge is noticed within two seconds. */
const probeTimeoutMs = 800;

/** Asks edges for `/healthz`. Never rejects. Connections are kept open: a dead process is noticed at once. */
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
