import { expect, test } from 'vitest';
import { judgeProject } from '#scripts/imports/judge-project.mjs';
import { readModule } from '#scripts/imports/read-module.mjs';

/** Findings for a project of these files. */
function judge(files: Record<string, string>): string[] {
  return judgeProject(Object.entries(files).map(([path, text]) => readModule(path, text)));
}

const forbidden: [name: string, path: string, text: string, words: RegExp][] = [
  ['core importing a service', 'core/a.ts', "import { x } from '#edge/x.js';", /core imports nothing/],
  [
    'a type import from another service',
    'core/a.ts',
    "import type { X } from '#edge/x.js';",
    /core imports nothing/,
  ],
  ['a re-export from another service', 'core/a.ts', "export * from '#workers/x.js';", /core imports nothing/],
  [
    'a dynamic import',
    'delivery/a.ts',
    "export const f = () => import('#encoder/x.js');",
    /delivery imports itself/,
  ],
  [
    'a service importing another',
    'encoder/a.ts',
    "import { x } from '#delivery/x.js';",
    /encoder imports itself/,
  ],
  [
    'workers importing the rest of encoder',
    'workers/a.ts',
    "import { x } from '#encoder/api/x.js';",
    /planning/,
  ],
  ['an edge with storage', 'edge/a.ts', "import { x } from '#core/storage/x.js';", /rule 5/],
  ['an edge with an S3 client', 'edge/a.ts', "import { x } from '@aws-sdk/client-s3';", /rule 5/],
  ['a service importing cli', 'encoder/a.ts', "import { x } from '#cli/x.js';", /rule 6/],
  ['a service importing fixtures', 'cli/a.ts', "import { x } from '#fixtures/x.js';", /rule 7/],
  [
    'planning throwing an HTTP problem',
    'planning/a.ts',
    "import { x } from '#core/runtime/problem.js';",
    /rule 2/,
  ],
  [
    'encoder importing the rest of planning',
    'encoder/a.ts',
    "import { x } from '#planning/source/x.js';",
    /encoder imports itself/,
  ],
  ['a relative import of another folder', 'core/b/a.ts', "import { x } from '../x.js';", /never \.\.\//],
  ['an import for its effect', 'core/a.ts', "import 'reflect';", /for its effect/],
  ['a call on import', 'core/a.ts', 'start();', /line 1 does something/],
  ['an await on import', 'core/a.ts', '\nexport const x = await load();', /line 2 does something/],
  ['a condition on import', 'core/a.ts', 'if (x) start();', /line 1 does something/],
  ['reading the environment', 'core/a.ts', 'export const f = () => process.env.HOME;', /reads process\.env/],
  [
    'reading the environment by index',
    'core/a.ts',
    "export const f = () => process['env'];",
    /reads process\.env/,
  ],
  [
    'destructuring process',
    'core/a.ts',
    'export const f = () => { const { env } = process; return env; };',
    /reads/,
  ],
  [
    'importing the environment',
    'core/a.ts',
    "import { env } from 'node:process';\nexport const e = env;",
    /reads process\.env/,
  ],
];

test.each(forbidden)('finds %s', (_name, path, text, words) => {
  expect(judge({ [path]: text })).toEqual([expect.stringMatching(words)]);
});

const fine: [name: string, path: string, text: string][] = [
  ['a service importing core', 'edge/a.ts', "import { x } from '#core/contracts/x.js';"],
  ['workers importing planning', 'workers/a.ts', "import { x } from '#planning/x.js';"],
  ['cli importing services', 'cli/a.ts', "import { x } from '#workers/x.js';"],
  ['a test importing fixtures', 'edge/a.test.ts', "import { x } from '#fixtures/x.js';"],
  ['fixtures importing a service', 'fixtures/a.ts', "import { x } from '#delivery/x.js';"],
  ['a main that starts', 'edge/main.ts', 'await start(process.env);'],
  ['awaits inside functions', 'core/a.ts', 'export const f = async () => { await g(); };'],
  ['a directive', 'core/a.ts', "'use strict';\nexport const x = 1;"],
  ['words in a comment', 'core/a.ts', "// import { x } from '#edge/x.js'; process.env\nexport const x = 1;"],
  ['words in a string', 'core/a.ts', 'export const x = "import { y } from \'#edge/y.js\'";'],
];

test.each(fine)('allows %s', (_name, path, text) => {
  expect(judge({ [path]: text })).toEqual([]);
});

test('finds an import cycle once, over both kinds of specifier', () => {
  const findings = judge({
    'core/a.ts': "import { b } from '#core/b.js';",
    'core/b.ts': "import { c } from './c.js';",
    'core/c.ts': "export * from '#core/a.js';",
  });
  expect(findings).toEqual(['core/a: import cycle core/a → core/b → core/c → core/a']);
});

test('allows a cycle of type-only imports', () => {
  const findings = judge({
    'core/a.ts': "import { b } from '#core/b.js';",
    'core/b.ts': "import type { A } from '#core/a.js';\nimport { type A2 } from '#core/a.js';",
  });
  expect(findings).toEqual([]);
});

test('names folders that import each other, through a type and through a third folder', () => {
  const findings = judge({
    'core/a/one.ts': "import type { Two } from '#core/b/two.js';",
    'core/b/two.ts': "import { three } from '#core/c/three.js';",
    'core/c/three.ts': "import { other } from '#core/a/other.js';",
    'core/a/other.ts': 'export const other = 1;',
  });
  expect(findings).toEqual([
    'core/a: folders import each other (rule 9): core/a/one.ts imports core/b/two; core/b/two.ts imports core/c/three; ' +
      'core/c/three.ts imports core/a/other',
  ]);
});

test('a folder may import what is below it; tests may import what is above', () => {
  const findings = judge({
    'edge/main.ts': "import { cache } from '#edge/cache/cache.js';",
    'edge/cache/cache.ts': 'export const cache = 1;',
    'edge/cache/cache.test.ts': "import { server } from '#edge/create-server.js';",
    'edge/create-server.ts': 'export const server = 1;',
  });
  expect(findings).toEqual([]);
});

test('names a file that does not parse', () => {
  expect(() => readModule('core/a.ts', 'import {')).toThrow(/core\/a\.ts does not parse/);
});
