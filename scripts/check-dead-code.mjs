// Finds files, exports and packages that nothing uses, prints them and exits with 1 if there are any.
import { readFileSync } from 'node:fs';
import { findDeadCode } from './dead-code/find-dead-code.mjs';
import { findUnusedPackages } from './dead-code/find-unused-packages.mjs';
import { readExports } from './dead-code/read-exports.mjs';
import { listSources } from './sources/list-sources.mjs';
import { reportFindings } from './sources/report-findings.mjs';

const sources = listSources();
const modules = sources.map(({ path, text }) => readExports(path, text));
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const scripts = sources.filter(({ path }) => path.startsWith('scripts/')).map(({ text }) => text);
reportFindings('dead code', sources.length, [
  ...findDeadCode(modules),
  ...findUnusedPackages(manifest, modules, scripts.join('\n')),
]);
