import { createServer } from 'node:net';
import { CliError } from '#cli/context/cli-error.js';
import { type Ports, portsFrom } from '#cli/up/topology.js';

export const defaultPort = 8080;
/** Bases to try when the default one is in use: 8180, 8280, … */
const otherBases = Array.from({ length: 50 }, (_, index) => defaultPort + 100 * (index + 1));

export interface ChosenPorts {
  ports: Ports;
  /** Ports of the default base that are in use; empty if the default base or the requested base was free. */
  taken: number[];
}

/**
 * `wanted` is the value of `--port`. Throws a CliError that names the ports if it, or every base, is in use.
 */
export async function choosePorts(wanted: number | undefined, edgeCount: number): Promise<ChosenPorts> {
  const first = wanted ?? defaultPort;
  const taken = await takenOf(portsFrom(first, edgeCount));
  if (taken.length === 0) return { ports: portsFrom(first, edgeCount), taken: [] };
  if (wanted !== undefined) throw new CliError(wordsFor(wanted, edgeCount, taken));
  for (const base of otherBases) {
    const ports = portsFrom(base, edgeCount);
    if ((await takenOf(ports)).length === 0) return { ports, taken };
  }
  throw new CliError(
    `No free ports from ${defaultPort} to ${otherBases.at(-1)}: stop what listens there, or choose a free base with --port.`,
  );
}

function wordsFor(base: number, edgeCount: number, taken: readonly number[]): string {
  const last = edgeCount === 0 ? base + 3 : base + 9 + edgeCount;
  const names = taken.length === 1 ? `Port ${taken[0]} is` : `Ports ${taken.join(', ')} are`;
  return (
    `${names} in use by another program. --port ${base} needs ${base} to ${base + 3}` +
    `${edgeCount === 0 ? '' : ` and ${base + 10} to ${last}`}: stop what listens there, or choose another base with --port.`
  );
}

async function takenOf(ports: Ports): Promise<number[]> {
  const all = [ports.delivery, ports.api, ports.origin, ports.worker, ...ports.edges];
  const free = await Promise.all(all.map(isFree));
  return all.filter((_, index) => !free[index]);
}

/** Tests a loopback port by listening on it for a moment, as the service will. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
