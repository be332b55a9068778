import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { HttpReader } from '#core/hls/check/load/http-reader.js';
import type { ReadAnswer } from '#core/hls/check/load/resource-reader.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Reads the response of a server, by default with half a second of patience. */
async function readFrom(
  listener: RequestListener,
  limits: { patienceMs?: number; maxMs?: number } = {},
): Promise<ReadAnswer> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const reader = new HttpReader({ patienceMs: 500, maxMs: 60_000, ...limits });
  return reader.read(`http://127.0.0.1:${port}/`, { limitBytes: 2 ** 20 });
}

it('does not request an address over the length limit', async () => {
  const { error } = await new HttpReader().read(`http://127.0.0.1:1/${'x'.repeat(10_000)}`, {
    limitBytes: 1,
  });
  expect(error).toBe('its address has 10019 characters, over the limit of 8192');
});

it('aborts a response that never starts', async () => {
  const { status, error } = await readFrom(() => {});
  expect({ status, error }).toEqual({ status: undefined, error: 'no response within 0.5 s' });
});

it('aborts a body that trickles', async () => {
  const timers: NodeJS.Timeout[] = [];
  const { status, error } = await readFrom((_request, response) => {
    response.writeHead(200);
    timers.push(setInterval(() => response.write('x'), 5));
  });
  timers.forEach(clearInterval);
  expect(status).toBe(200);
  expect(error).toMatch(
    /^it is too slow: \d+ bytes in \d(\.\d)? s, below 8192 bytes per second after the first 0\.5 s$/,
  );
});

it('aborts a body that stalls after a fast start', async () => {
  const { status, error } = await readFrom((_request, response) => {
    response.writeHead(200);
    response.write(Buffer.alloc(2 ** 19));
  });
  expect(status).toBe(200);
  expect(error).toBe('it stalled: 524288 bytes, then nothing for 0.5 s');
});

it('aborts a steady body that exceeds the total time', async () => {
  const timers: NodeJS.Timeout[] = [];
  const { error } = await readFrom(
    (_request, response) => {
      timers.push(setInterval(() => response.write(Buffer.alloc(4096)), 10));
    },
    { maxMs: 1_000 },
  );
  timers.forEach(clearInterval);
  expect(error).toMatch(/^it is too slow: \d+ bytes in \d(\.\d)? s, over the limit of 1 s$/);
});

it('applies the same deadline to redirects', async () => {
  const { error } = await readFrom((_request, response) => {
    setTimeout(() => response.writeHead(302, { location: '/' }).end(), 200);
  });
  expect(error).toBe('no response within 0.5 s');
});

it('allows more time for a body that arrives at a steady rate', async () => {
  const { error, bytes } = await readFrom(
    (_request, response) => {
      let sent = 0;
      const timer = setInterval(() => {
        response.write(Buffer.alloc(4096));
        sent += 1;
        if (sent < 20) return;
        clearInterval(timer);
        response.end();
      }, 50);
    },
    { patienceMs: 500 },
  );
  expect(error).toBeUndefined();
  expect(bytes.length).toBe(20 * 4096);
});

const patient = { patienceMs: 30_000 };

it('retries after the time that the server declares', async () => {
  let asked = 0;
  const { status, bytes } = await readFrom((_request, response) => {
    asked += 1;
    if (asked < 3) response.writeHead(503, { 'retry-after': '0' }).end();
    else response.end('made');
  }, patient);
  expect({ status, text: bytes.toString(), asked }).toEqual({ status: 200, text: 'made', asked: 3 });
});

it.each([
  { name: 'a limited number of times', retryAfter: '0', requests: 6 },
  { name: 'not if the wait would be long', retryAfter: '3600', requests: 1 },
  {
    name: 'not if Retry-After is a date',
    retryAfter: 'Wed, 21 Oct 2099 07:28:00 GMT',
    requests: 1,
  },
])('retries $name', async ({ retryAfter, requests }) => {
  let asked = 0;
  const { status } = await readFrom((_request, response) => {
    asked += 1;
    response.writeHead(503, { 'retry-after': retryAfter }).end();
  }, patient);
  expect({ status, asked }).toEqual({ status: 503, asked: requests });
});
