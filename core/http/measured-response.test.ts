import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { closeServer, listen } from '#core/http/listen.js';
import { MeasuredResponse, sendBuffer } from '#core/http/measured-response.js';

let server: Server;
let url: string;
let sentBytes: number;
let firstBytes: number;
let closed: Promise<unknown>;

/** Serves one answer and counts it. */
async function serve(answer: (response: MeasuredResponse) => void): Promise<void> {
  sentBytes = 0;
  firstBytes = 0;
  server = createServer({ ServerResponse: MeasuredResponse }, (_request, response) => {
    response.onBytesSent = (bytes) => {
      sentBytes += bytes;
    };
    response.onFirstByte = () => {
      firstBytes += 1;
    };
    closed = once(response, 'close');
    answer(response);
  });
  url = await listen(server, { host: '127.0.0.1', port: 0 });
}

afterEach(() => closeServer(server, 0));

test.each<[string, (response: MeasuredResponse) => void, number]>([
  ['a body in one piece', (response) => void response.end(Buffer.alloc(5_000)), 5_000],
  ['text, in bytes', (response) => void response.end('é'), 2],
  ['text in another encoding', (response) => void response.end('é', 'latin1'), 1],
  [
    'pieces',
    (response) => {
      response.write('abc');
      response.end('de');
    },
    5,
  ],
  ['a stream', (response) => void pipeline(Readable.from([Buffer.alloc(9), 'x']), response), 10],
  ['a large buffer', (response) => void sendBuffer(response, Buffer.alloc(3_500_000)), 3_500_000],
  ['a callback alone', (response) => void response.end(() => undefined), 0],
  ['a 304 that was given a body', (response) => void response.writeHead(304).end('body'), 0],
])('counts %s', async (_case, answer, expected) => {
  await serve(answer);
  await (await request(url)).body.arrayBuffer();
  await closed;
  expect([sentBytes, firstBytes]).toEqual([expected, 1]);
});

test('counts no body for HEAD', async () => {
  await serve((response) => {
    response.writeHead(200, { 'content-length': 4 });
    response.write('bo');
    response.end('dy');
  });
  await (await request(url, { method: 'HEAD' })).body.dump();
  await closed;
  expect([sentBytes, firstBytes]).toEqual([0, 1]);
});

test('reports the first byte when it is written, not when the response ends', async () => {
  let response: MeasuredResponse | undefined;
  await serve((answered) => {
    response = answered;
    answered.writeHead(200);
  });
  const answer = request(url);
  await once(server, 'request');
  expect(firstBytes).toBe(0);
  response?.write('x');
  expect(firstBytes).toBe(1);
  response?.end();
  await (await answer).body.dump();
});

test('counts what an aborted client was sent, and nothing twice', async () => {
  const body = Buffer.alloc(64 * 1024 * 1024);
  await serve((response) => void sendBuffer(response, body));
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > 2_000_000) socket.destroy();
  });
  await once(socket, 'close');
  await closed;
  expect(sentBytes).toBeGreaterThan(1_000_000);
  expect(sentBytes).toBeLessThan(body.length / 2);
});
