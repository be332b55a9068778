import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeServer, listen, serverLimits } from '#core/http/listen.js';
import { sendRaw } from '#fixtures/send-raw.js';

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(serverLimits, (_request, response) => response.end('answered'));
  url = await listen(server, { host: '127.0.0.1', port: 0 });
});

afterAll(() => closeServer(server, 0));

/** Resolves to the status and the body. */
async function send(target: string, headers: readonly string[]): Promise<string> {
  const lines = [`GET ${target} HTTP/1.1`, ...headers, 'Connection: close'];
  const answer = await sendRaw(url, `${lines.join('\r\n')}\r\n\r\n`);
  return `${answer.slice(9, 12)} ${answer.slice(answer.indexOf('\r\n\r\n') + 4)}`;
}

const manyHeaders = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: y`);

test.each<[string, string, string[], RegExp]>([
  ['one Host and a path', '/', ['Host: a'], /^200 answered$/],
  ['100 headers', '/', ['Host: a', ...manyHeaders(98)], /^200 answered$/],
  ['101 headers', '/', ['Host: a', ...manyHeaders(99)], /^431 .*101 headers/],
  ['101 headers, the last of them a second Host', '/', ['Host: a', ...manyHeaders(98), 'Host: b'], /^431 /],
  ['two Hosts', '/', ['Host: a', 'Host: b'], /^400 .*more than one Host/],
  ['the same Host twice, in other cases', '/', ['host: a', 'HOST: a'], /^400 .*more than one Host/],
  ['an absolute-form target', 'http://b/', ['Host: a'], /^400 .*must be a path/],
  ['an asterisk', '*', ['Host: a'], /^400 .*must be a path/],
])('a request with %s', async (_case, target, headers, expected) => {
  expect(await send(target, headers)).toMatch(expected);
});
