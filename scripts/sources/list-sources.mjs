import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const folders = [
  'core',
  'planning',
  'encoder',
  'workers',
  'delivery',
  'edge',
  'cli',
  'web',
  'fixtures',
  'bench',
  'scripts',
];

/**
 * Every TypeScript and JavaScript source of the project, tests included, by its path from the root.
 * @returns {{ path: string, text: string }[]}
 */
export function listSources() {
  const paths = folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.endsWith('.d.ts'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  );
  return [...paths, 'vitest.config.ts'].map((path) => ({
    path,
    text: readFileSync(`${root}${path}`, 'utf8'),
  }));
}
