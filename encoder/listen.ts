import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Limits of every server of this service. Bodies have their own: an upload takes as long as it takes. */
export const serverLimits = {
  headersTimeout: 10_000,
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
} as const;

const maxHeaders = 100;
const maxConnections = 10_000;

/** Listens and resolves to the base address reached. Rejects with words where the port is taken. */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  server.maxHeadersCount = maxHeaders;
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
  const { address, port: bound, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
}

/** Takes no more connections and waits for the requests under way; those that last longer than `drainMs` are cut. */
export async function closeServer(server: Server, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(timer);
}
