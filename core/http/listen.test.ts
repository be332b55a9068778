import { createServer } from 'node:http';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { closeServer, listen, serverLimits } from '#core/http/listen.js';

test('resolves to the base URL, IPv6 addresses in brackets', async () => {
  const server = createServer(serverLimits, (_request, response) => response.end('here'));
  const url = await listen(server, { host: '::1', port: 0 });
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect(await (await request(url)).body.text()).toBe('here');
  await closeServer(server, 0);
});

test('names the port that is taken', async () => {
  const [first, second] = [createServer(), createServer()];
  const port = Number(new URL(await listen(first, { host: '127.0.0.1', port: 0 })).port);
  await expect(listen(second, { host: '127.0.0.1', port })).rejects.toThrow(
    `port ${port} on 127.0.0.1 is taken by another program: choose another`,
  );
  await closeServer(first, 0);
});

test('closing waits for a running request, and no longer than its drain time', async () => {
  for (const { drainMs, end } of [
    { drainMs: 30_000, end: true },
    { drainMs: 50, end: false },
  ]) {
    let finish = (): void => undefined;
    const server = createServer((_request, response) => {
      finish = () => void response.end('done');
    });
    const url = await listen(server, { host: '127.0.0.1', port: 0 });
    const arrived = new Promise((resolve) => server.once('request', resolve));
    const answer = request(url, { reset: true }).then(({ body }) => body.text());
    const outcome = answer.catch(() => 'connection closed');
    await arrived;
    const closed = closeServer(server, drainMs);
    if (end) finish();
    expect(await outcome).toBe(end ? 'done' : 'connection closed');
    await closed;
  }
});
