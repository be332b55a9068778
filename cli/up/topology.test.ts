import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { dataFolderOf } from '#cli/instance/data-folder.js';
import { createSecrets } from '#cli/instance/secrets.js';
import { choosePorts, defaultPort } from '#cli/up/choose-ports.js';
import { edgeLocations, planServices, portsFrom } from '#cli/up/topology.js';
import { findFreePorts } from '#fixtures/free-ports.js';

const folder = dataFolderOf(
  {
    environment: {},
    installDirectory: '/install',
    homeDirectory: '/home',
    stdout: process.stdout,
    stderr: process.stderr,
  },
  '/data',
);

function plan(edgeCount: number) {
  return planServices({
    folder,
    installDirectory: '/install',
    ports: portsFrom(9_000, edgeCount),
    secrets: createSecrets(),
    redisUrl: 'unix:///redis.sock',
    slots: 2,
  });
}

test('plans one process per service and an edge per location', () => {
  expect(plan(3).map(({ name, url }) => [name, url])).toEqual([
    ['encoder', 'http://127.0.0.1:9001'],
    ['worker', 'http://127.0.0.1:9003'],
    ['delivery', 'http://127.0.0.1:9000'],
    ['edge-frankfurt', 'http://127.0.0.1:9010'],
    ['edge-virginia', 'http://127.0.0.1:9011'],
    ['edge-singapore', 'http://127.0.0.1:9012'],
  ]);
});

test('gives edges no access to storage, and only the encoder the API key', () => {
  for (const { name, environment } of plan(3)) {
    if (name.startsWith('edge-')) expect(environment).not.toHaveProperty('MILLRACE_STORAGE_URL');
    if (name !== 'encoder') expect(environment).not.toHaveProperty('MILLRACE_BOOTSTRAP_KEY');
    expect(environment).toMatchObject({ MILLRACE_HOST: '127.0.0.1', MILLRACE_EXIT_WITH_PARENT: '1' });
  }
});

test('gives every edge its own id and port', () => {
  const services = plan(20);
  expect(new Set(services.map(({ environment }) => environment.MILLRACE_PORT)).size).toBe(23);
  expect(new Set(edgeLocations(20).map(({ edgeId }) => edgeId)).size).toBe(20);
});

describe('ports', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  /** Listens on `port`, as another program would. False if it is in use already. */
  async function occupy(port: number): Promise<boolean> {
    const server = createServer();
    return new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => {
        servers.push(server);
        resolve(true);
      });
    });
  }

  test('refuses a requested base that is in use and names the port', async () => {
    const [port = 0] = await findFreePorts(1);
    await occupy(port);
    await expect(choosePorts(port, 1)).rejects.toThrow(new RegExp(`${port}\\b.* in use by another program`));
  });

  test('replaces the default base by a free one and reports the ports in use', async () => {
    await occupy(defaultPort);
    const { ports, taken } = await choosePorts(undefined, 2);
    expect(taken).toContain(defaultPort);
    expect(ports.delivery).not.toBe(defaultPort);
    expect(ports.edges).toEqual([ports.delivery + 10, ports.delivery + 11]);
  });
});
