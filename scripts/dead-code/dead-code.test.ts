import { describe, expect, test } from 'vitest';
import { findDeadCode } from '#scripts/dead-code/find-dead-code.mjs';
import { findUnusedPackages } from '#scripts/dead-code/find-unused-packages.mjs';
import { readExports } from '#scripts/dead-code/read-exports.mjs';

const read = (files: Record<string, string>) =>
  Object.entries(files).map(([path, text]) => readExports(path, text));
const find = (files: Record<string, string>): string[] => findDeadCode(read(files));

const main = (text: string) => ({ 'core/main.ts': text });

describe('findDeadCode', () => {
  test.each<[name: string, files: Record<string, string>, finding: string]>([
    [
      'an export that nothing uses',
      {
        'core/a.ts': 'export const a = 1;\nexport const b = 2;',
        ...main("import { a } from '#core/a.js';\na;"),
      },
      'core/a.ts:2: b is used nowhere',
    ],
    [
      'an export that only its own file uses',
      {
        'core/a.ts': 'export const a = () => b;\nexport const b = 2;',
        ...main("import { a } from './a.js';\na;"),
      },
      'core/a.ts:2: b is used in its own file only: drop its export',
    ],
    [
      'an export that only tests use',
      {
        'core/a.ts': 'export const a = 1;\nexport const b = 2;',
        'core/a.test.ts': "import { a, b } from '#core/a.js';",
        ...main("import { a } from '#core/a.js';\na;"),
      },
      'core/a.ts:2: b is used by tests only',
    ],
    [
      'a type that nothing uses',
      {
        'core/a.ts': 'export type A = 1;\nexport const b = 2;',
        ...main("import { b } from '#core/a.js';\nb;"),
      },
      'core/a.ts:1: A is used nowhere',
    ],
    [
      'a re-export that nothing uses',
      {
        'core/a.ts': 'export const a = 1;',
        'core/b.ts': "export { a } from '#core/a.js';\nexport const b = 1;",
        ...main("import { b } from '#core/b.js';\nb;"),
      },
      'core/b.ts:1: a is used nowhere',
    ],
    ['a file that nothing imports', { 'core/a.ts': 'const a = 1;' }, 'core/a.ts: no file imports it'],
    [
      'a file that only tests import',
      { 'core/a.ts': 'export const a = 1;', 'core/a.test.ts': "import { a } from '#core/a.js';" },
      'core/a.ts: only tests import it',
    ],
    [
      'a fixture that nothing uses',
      { 'fixtures/a.ts': 'export const a = 1;' },
      'fixtures/a.ts: no file imports it',
    ],
    [
      'a suite that nothing runs',
      { 'core/a.suite.ts': 'export const a = 1;' },
      'core/a.suite.ts: no file imports it',
    ],
  ])('finds %s', (_name, files, finding) => {
    expect(find(files)).toEqual([finding]);
  });

  test.each<[name: string, files: Record<string, string>]>([
    [
      'a name that a test uses beside its own file',
      {
        'core/a.ts': 'export const a = () => b;\nexport const b = 2;',
        'core/a.test.ts': "import { b } from '#core/a.js';",
        ...main("import { a } from '#core/a.js';\na;"),
      },
    ],
    [
      'a type of an exported signature',
      {
        'core/a.ts': 'export interface A { a: 1 }\nexport const f = (a: A) => a;',
        ...main("import { f } from '#core/a.js';\nf;"),
      },
    ],
    [
      'names that a namespace or a dynamic import may use',
      {
        'core/a.ts': 'export const a = 1;',
        'core/b.ts': 'export const b = 1;',
        ...main("import * as a from './a.js';\na; await import('./b.js');"),
      },
    ],
    [
      'a type used in an expression',
      { 'core/a.ts': 'export type A = 1;', ...main("let a: import('./a.js').A;") },
    ],
    [
      'fixtures that only tests use',
      { 'fixtures/a.ts': 'export const a = 1;', 'core/a.test.ts': "import { a } from '#fixtures/a.js';" },
    ],
    [
      'programs, tests and configurations',
      {
        'core/main.ts': '',
        'core/a.test.ts': '',
        'web/vite.config.ts': 'export default {};',
        'scripts/a.mjs': 'run();',
      },
    ],
  ])('allows %s', (_name, files) => {
    expect(find(files)).toEqual([]);
  });
});

describe('findUnusedPackages', () => {
  const modules = read({
    'core/main.ts': "import x from '@a/b/c';\nimport y from 'd/e';\nimport z from 'node:fs';",
  });

  test('finds a dependency that nothing imports or runs', () => {
    const manifest = { dependencies: { d: '1', unused: '1' }, devDependencies: { '@types/unused': '1' } };
    expect(findUnusedPackages(manifest, modules, '')).toEqual([
      'package.json: unused is used nowhere',
      'package.json: @types/unused is used nowhere',
    ]);
  });

  test('allows what is imported, typed, run by a script or loaded by another package', () => {
    const manifest = {
      dependencies: { '@a/b': '1', d: '1' },
      devDependencies: {
        '@types/a__b': '1',
        '@types/d': '1',
        '@types/node': '1',
        tool: '1',
        'oxlint-tsgolint': '1',
      },
    };
    expect(findUnusedPackages(manifest, modules, "run('node_modules/tool/bin/tool');")).toEqual([]);
  });
});
