import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseAmbiguousRequests } from '#core/http/refuse-ambiguous-requests.js';

/**
 * Options of `createServer` that all servers share. A server that takes uploads overrides `requestTimeout`
 * with 0.
 */
export const serverLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** Longer than the 60 s for which load balancers keep idle connections, so that they close first. */
  keepAliveTimeout: 65_000,
  /** How often Node.js enforces the timeouts above. */
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
} as const;

const defaultMaxConnections = 10_000;

export interface ListenAddress {
  host: string;
  /** 0 picks a free port. */
  port: number;
  maxConnections?: number;
}

/**
 * Listens and resolves to the base URL; refuses ambiguous requests from then on. Rejects with an explanation
 * if the port is taken.
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  const { host, port, maxConnections = defaultMaxConnections } = address;
  refuseAmbiguousRequests(server);
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} on ${host} is taken by another program: choose another`, { cause: error })
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

/** Refuses new connections and waits for running requests; closes those that last longer than `drainMs`. */
export async function closeServer(server: Server, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(timer);
}
