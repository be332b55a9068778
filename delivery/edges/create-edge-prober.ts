import { Agent, request } from 'undici';

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
