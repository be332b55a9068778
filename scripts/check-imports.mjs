// Judges every source by the import rules; prints each finding and exits 1 where there is one.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judgeProject } from './imports/judge-project.mjs';
import { readModule } from './imports/read-module.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
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

const paths = folders.flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
);
const findings = judgeProject(paths.map((path) => readModule(path, readFileSync(`${root}${path}`, 'utf8'))));
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`import rules: ${paths.length} files, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
