/**
 * Which folder may import which, and what a file may do when it is imported. scripts/README.md lists the
 * rules.
 * @typedef {import('./read-module.mjs').ModuleFacts} ModuleFacts
 * @typedef {import('./read-module.mjs').ModuleImport} ModuleImport
 */

const services = ['encoder', 'workers', 'delivery', 'edge'];

/** The part of `planning` that `encoder` uses to validate the ladder of an upload. */
const ladderValidation = 'planning/ladder/validate-ladder';

/**
 * Prefixes of what each folder may import besides itself.
 * @type {Record<string, readonly string[]>}
 */
const allowed = {
  core: [],
  planning: ['core/'],
  encoder: ['core/', ladderValidation],
  workers: ['core/', 'planning/'],
  delivery: ['core/'],
  edge: ['core/'],
  cli: ['core/', 'planning/', ...services.map((name) => `${name}/`), 'scripts/setup/'],
  web: ['core/contracts/'],
  scripts: [],
};

/** Clients of object storage, for which an edge has no credentials. */
const storageClients = /^(@aws-sdk\/|@tus\/|minio$|minio\/)/;

/** The only file besides `main.ts` files that reads the environment: every `main.ts` runs through it. */
const environmentReaders = new Set(['core/runtime/run-service.ts']);

/**
 * Whether a file is run, not imported: a service's `main.ts` or the pages' `main.tsx`.
 * @param {string} path
 */
export function isProgram(path) {
  return /(^|\/)main\.tsx?$/.test(path);
}

/** @param {string} path */
export function isTest(path) {
  return /\.(test|suite)\.tsx?$/.test(path);
}

/**
 * The project file of a specifier, without its extension; undefined for a package.
 * @param {string} from
 * @param {string} specifier
 */
export function resolveSpecifier(from, specifier) {
  if (specifier.startsWith('#')) return withoutExtension(specifier.slice(1)).replace(/^web\//, 'web/src/');
  if (!specifier.startsWith('.')) return undefined;
  return withoutExtension(new URL(specifier, `file:///${from}`).pathname.slice(1));
}

/** @param {string} path */
export function withoutExtension(path) {
  return path.replace(/\.(js|mjs|ts|tsx)$/, '');
}

/**
 * What a module does against the rules, one sentence each.
 * @param {ModuleFacts} facts
 * @returns {string[]}
 */
export function findingsFor(facts) {
  return [...facts.imports.flatMap((entry) => importFindings(facts.path, entry)), ...effectFindings(facts)];
}

/**
 * @param {string} path
 * @param {ModuleImport} entry
 * @returns {string[]}
 */
function importFindings(path, { specifier, bare }) {
  const folder = folderOf(path);
  const findings = [];
  if (specifier.startsWith('../') && folder !== 'scripts')
    findings.push(`imports ${specifier}: write #folder/…, never ../`);
  if (bare && folder !== 'web')
    findings.push(`imports ${specifier} for its effect: importing a file must have none (rule 8)`);
  if (folder === 'edge' && !isTest(path) && storageClients.test(specifier))
    findings.push(`imports ${specifier}: an edge never touches storage (rule 5)`);
  const target = resolveSpecifier(path, specifier);
  const words = target === undefined ? undefined : targetFinding(path, target);
  if (words !== undefined) findings.push(`imports ${specifier}: ${words}`);
  return findings;
}

/**
 * @param {string} path
 * @param {string} target
 * @returns {string | undefined}
 */
function targetFinding(path, target) {
  const folder = folderOf(path);
  const targetFolder = folderOf(target);
  // Tests, benches and their fixtures compose what they judge, so they may import anything.
  const isJudge = isTest(path) || folder === 'fixtures' || folder === 'bench';
  if (targetFolder === folder) return undefined;
  if (targetFolder === 'fixtures')
    return isJudge ? undefined : 'fixtures are for tests and benches only (rule 7)';
  if (targetFolder === 'cli' && folder !== 'cli') return 'nothing imports cli (rule 6)';
  if (folder === 'edge' && target.startsWith('core/storage/') && !isTest(path))
    return 'an edge never touches storage (rule 5)';
  if (folder === 'fixtures' || folder === 'bench') return undefined;
  if (folder === 'planning' && target === 'core/runtime/problem' && !isTest(path))
    return 'planning throws no HTTP problem (rule 2)';
  const may = allowed[folder] ?? [];
  if (may.some((start) => target.startsWith(start))) return undefined;
  const list = may.length === 0 ? 'nothing of the project but itself' : `itself and ${may.join(', ')} alone`;
  return `${folder} imports ${list} (rules 1 to 4)`;
}

/**
 * @param {ModuleFacts} facts
 * @returns {string[]}
 */
function effectFindings({ path, readsEnvironment, effects }) {
  const folder = folderOf(path);
  if (isProgram(path) || isTest(path) || !(folder in allowed) || folder === 'scripts') return [];
  const findings = effects.map((line) => `line ${line} does something when the file is imported (rule 8)`);
  if (readsEnvironment && !environmentReaders.has(path))
    findings.push('reads process.env: only a main.ts does, and hands down what it read (rule 8)');
  return findings;
}

/** @param {string} path */
function folderOf(path) {
  return path.split('/')[0] ?? '';
}
