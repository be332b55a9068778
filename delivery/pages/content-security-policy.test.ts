import { expect, it } from 'vitest';
import { contentSecurityPolicy } from '#delivery/pages/content-security-policy.js';

function sourcesOf(policy: string, directive: string): string[] {
  const found = policy.split('; ').find((text) => text.startsWith(`${directive} `));
  return found?.split(' ').slice(1) ?? [];
}

it('allows media from the edges and the worker of hls.js, and nothing else', () => {
  const policy = contentSecurityPolicy([
    'http://127.0.0.1:9001',
    'https://lon.example/base',
    'http://127.0.0.1:9001',
  ]);
  expect(sourcesOf(policy, 'connect-src')).toEqual([
    "'self'",
    'http://127.0.0.1:9001',
    'https://lon.example',
  ]);
  expect(sourcesOf(policy, 'media-src')).toContain('blob:');
  expect(sourcesOf(policy, 'worker-src')).toEqual(["'self'", 'blob:']);
  expect(sourcesOf(policy, 'script-src')).toEqual(["'self'"]);
  expect(sourcesOf(policy, 'default-src')).toEqual(["'none'"]);
});

it('takes no directive from the address of an edge', () => {
  const policy = contentSecurityPolicy(['http://a.example/; script-src *', 'no address', 'data:text/html,x']);
  expect(policy.match(/script-src/g)).toHaveLength(1);
  expect(sourcesOf(policy, 'connect-src')).toEqual(["'self'", 'http://a.example']);
});

it('stays short for a large fleet', () => {
  const policy = contentSecurityPolicy(Array.from({ length: 500 }, (_, index) => `http://e${index}.example`));
  expect(policy.length).toBeLessThan(1_000);
  expect(sourcesOf(policy, 'connect-src')).toEqual(["'self'", 'http:', 'https:']);
});
