import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { edgeSettings } from '#edge/edge-settings.js';
import { compiledFile, repositoryFolder } from '#fixtures/repository.js';
import { workerSettings } from '#workers/worker-settings.js';

const root = repositoryFolder();
const serviceSchema = z.object({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()),
  restart: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  security_opt: z.array(z.string()).default([]),
  cap_drop: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
});
const composeText = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = z
  .object({ services: z.record(z.string(), serviceSchema), volumes: z.record(z.string(), z.unknown()) })
  .parse(parse(composeText, { merge: true }));
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image.startsWith('millrace:'));

/** Variables in the tables of docs/settings.md. */
const documented = new Set(
  readFileSync(join(root, 'docs/settings.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => (line.split('|')[1] ?? '').match(/[A-Z][A-Z0-9_]+/g) ?? []),
);

test('pins every image to a release', () => {
  for (const [name, { image }] of services) expect(image, name).toMatch(/:(\d+\.\d+\.\d+|RELEASE\.[\dTZ-]+)/);
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm))
    expect(image).toMatch(/^node:22\.\d+\.\d+-trixie/);
});

test('runs only commands that the build produces', () => {
  for (const [name, { command }] of ours) {
    const [node, file = ''] = command;
    expect(node, name).toBe('node');
    expect(() => compiledFile(file.replace(/^dist\//, '')), name).not.toThrow();
  }
});

test('documents every variable of the compose file', () => {
  const used = services.flatMap(([, { environment }]) => Object.keys(environment));
  const substituted = [...composeText.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name as string);
  for (const name of [...used, ...substituted]) expect(documented, name).toContain(name);
});

test.each([
  ['worker', workerSettings],
  ['edge-virginia', edgeSettings],
])('gives %s an environment that its program accepts', (name, shape) => {
  const resolved = Object.fromEntries(
    Object.entries(compose.services[name]?.environment ?? {}).map(([key, value]) => [key, substitute(value)]),
  );
  expect(z.object(shape as z.ZodRawShape).safeParse(resolved).error?.issues ?? []).toEqual([]);
  for (const key of Object.keys(resolved)) expect(Object.keys(shape)).toContain(key);
});

/** Substitutes as compose does: the default for `${NAME:-default}`, a well-formed secret for `${NAME:?…}`. */
function substitute(value: string): string {
  return value
    .replace(/\$\{[A-Z0-9_]+:-([^}]*)\}/g, '$1')
    .replace(/\$\{MILLRACE_TOKEN_KEYS:\?[^}]*\}/g, `k1:${'ab'.repeat(32)}`)
    .replace(/\$\{[A-Z0-9_]+:\?[^}]*\}/g, 'x'.repeat(40));
}

test('documents every variable that the sources read, and no other', () => {
  const folders = ['core', 'planning', 'encoder', 'workers', 'delivery', 'edge', 'cli', 'fixtures'];
  const text = folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => readFileSync(join(root, folder, name), 'utf8')),
    )
    .concat(composeText)
    .join('\n');
  const read = new Set(text.match(/\bMILLRACE_[A-Z0-9_]*[A-Z0-9]\b/g));
  expect([...read].filter((name) => !documented.has(name))).toEqual([]);
  const ourDocumented = [...documented].filter((name) => name.startsWith('MILLRACE_'));
  expect(ourDocumented.filter((name) => !read.has(name))).toEqual([]);
});

test('restarts and health-checks long-lived services; prepares the bucket once', () => {
  for (const [name, { restart, healthcheck }] of services) {
    if (name === 'bucket') expect(restart).toBe('no');
    else {
      expect(restart, name).toBe('unless-stopped');
      expect(healthcheck, name).toBeDefined();
    }
  }
});

test('waits only for services that exist and have a condition to wait for', () => {
  for (const [name, { depends_on: needs }] of services)
    for (const [needed, { condition }] of Object.entries(needs)) {
      expect(compose.services, `${name} needs ${needed}`).toHaveProperty(needed);
      const ends = condition === 'service_completed_successfully';
      expect(ends, `${name} waits for ${needed}`).toBe(needed === 'bucket');
    }
});

test('allows namespaces for the worker alone and drops all capabilities', () => {
  for (const [name, { security_opt: options, cap_drop: dropped }] of ours) {
    expect(dropped, name).toEqual(['ALL']);
    expect(options, name).toContain('no-new-privileges:true');
    expect(options.includes('seccomp=unconfined'), name).toBe(name === 'worker');
    expect(options.includes('apparmor=unconfined'), name).toBe(name === 'worker');
  }
});

test('gives edges no storage credentials and lets the worker scale', () => {
  for (const [name, { environment }] of services.filter(([service]) => service.startsWith('edge-'))) {
    expect(Object.keys(environment), name).not.toContain('AWS_SECRET_ACCESS_KEY');
    expect(Object.keys(environment), name).not.toContain('MILLRACE_STORAGE_URL');
  }
  // Replicas cannot share a published port or a container name.
  expect(compose.services.worker?.ports).toEqual([]);
  expect(compose.services.worker?.volumes).toEqual(['/scratch']);
});
