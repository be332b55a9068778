import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from './run-program.mjs';
import { SetupError, say } from './say.mjs';
import { hashSources } from './source-hash.mjs';

/**
 * One compiled part: its sources, its build command, and the stamp file in dist/ with the digest of the
 * sources.
 * @typedef {{ name: string, sources: readonly string[], command: readonly string[], stamp: string }}
 *   BuildPart
 */

const folders = ['core', 'planning', 'encoder', 'workers', 'delivery', 'edge', 'cli', 'fixtures', 'bench'];

/** @type {readonly BuildPart[]} */
const buildParts = [
  {
    name: 'services',
    sources: [...folders, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
    command: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    stamp: 'dist/.services-built-from',
  },
  {
    name: 'pages',
    sources: ['web', 'package-lock.json'],
    command: [
      'node_modules/vite/bin/vite.js',
      'build',
      '--config',
      'web/vite.config.ts',
      '--logLevel',
      'warn',
    ],
    stamp: 'dist/.pages-built-from',
  },
];

/**
 * Compiles what changed since it was last compiled.
 * @param {string} root
 */
export async function ensureBuild(root) {
  for (const part of buildParts) await ensurePart(root, part);
}

/**
 * @param {string} root
 * @param {BuildPart} part
 */
async function ensurePart(root, part) {
  const hash = hashSources(root, part.sources);
  const stamp = join(root, part.stamp);
  if (readStamp(stamp) === hash) return;
  say(`building the ${part.name} …`);
  const exitCode = await runProgram(process.execPath, part.command, { cwd: root });
  if (exitCode !== 0) {
    throw new SetupError(
      `the ${part.name} cannot be built (${part.command.join(' ')}); see the errors above.`,
    );
  }
  // The stamp comes last: an interrupted build has none and is repeated.
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/** @param {string} path */
function readStamp(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
