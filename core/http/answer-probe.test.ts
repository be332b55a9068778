import type { Server } from 'node:http';
import { connect } from 'node:net';
import { pino } from 'pino';
import { Client } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProbeResponse, createProbeServer } from '#core/http/answer-probe.js';
import { closeServer, listen } from '#core/http/listen.js';
import { Probes } from '#core/runtime/probes.js';

const probes = new Probes('test');
let server: Server;
let client: Client;
let url: string;

beforeAll(async () => {
  server = createProbeServer(probes, pino({ level: 'silent' }));
  url = await listen(server, { host: '127.0.0.1', port: 0 });
  client = new Client(url);
});
afterAll(async () => {
  await client.close();
  await closeServer(server, 0);
});

test.each([
  ['GET', '/healthz', 200],
  ['GET', '/readyz?verbose=1', 200],
  ['GET', '/metrics', 200],
  ['HEAD', '/healthz', 200],
  ['POST', '/healthz', 405],
  ['OPTIONS', '/readyz', 405],
  ['GET', '/', 404],
  ['GET', '//', 404],
  ['POST', '/elsewhere', 404],
] as const)('answers %s %s with %i', async (method, path, status) => {
  const answer = await client.request({ method, path });
  expect([answer.statusCode, answer.headers['cache-control']]).toEqual([status, 'no-store']);
  const body = await answer.body.text();
  if (method === 'HEAD') expect(body).toBe('');
  else expect(Buffer.byteLength(body)).toBe(Number(answer.headers['content-length']));
});

test('survives a target that is no address', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const text = await new Promise<string>((resolve) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.on('close', () => resolve(received));
    socket.write('GET //[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  });
  expect(text).toMatch(/^HTTP\/1\.1 404 /);
  expect((await client.request({ method: 'GET', path: '/healthz' })).statusCode).toBe(200);
});

test('a failed check and a stop make the process unready', async () => {
  const failing = new Probes('failing');
  failing.addCheck('queue', () => Promise.reject(new Error('no connection')));
  failing.markStopping();
  const answer = await createProbeResponse(failing, '/readyz', undefined);
  expect([answer.status, answer.headers.get('cache-control'), await answer.json()]).toEqual([
    503,
    'no-store',
    { status: 'unready', failures: { process: 'stopping', queue: 'no connection' } },
  ]);
});

test.each([
  ['a key', { MILLRACE_HOST: '0.0.0.0', MILLRACE_METRICS_KEY: 'k'.repeat(16) }, 401, 200],
  ['a key on loopback', { MILLRACE_HOST: '127.0.0.1', MILLRACE_METRICS_KEY: 'k'.repeat(16) }, 401, 200],
  ['no key', { MILLRACE_HOST: '0.0.0.0' }, 401, 401],
  ['no key on loopback', { MILLRACE_HOST: '127.0.0.1' }, 200, 200],
])('with %s, metrics are guarded and other probes open', async (_name, settings, without, withKey) => {
  const guarded = new Probes('guarded');
  guarded.guardMetrics(settings);
  const statusOf = async (path: string, authorization?: string): Promise<number> =>
    (await createProbeResponse(guarded, path, authorization)).status;
  expect(await statusOf('/metrics')).toBe(without);
  expect(await statusOf('/metrics', 'Bearer wrong')).toBe(without);
  expect(await statusOf('/metrics', `Bearer ${'k'.repeat(16)}`)).toBe(withKey);
  expect(await statusOf('/healthz')).toBe(200);
  expect(await statusOf('/readyz')).toBe(200);
});
