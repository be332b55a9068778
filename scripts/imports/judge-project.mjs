import { findCycles } from './find-cycles.mjs';
import { findingsFor, isTest, resolveSpecifier, withoutExtension } from './import-rules.mjs';

/**
 * Checks a set of modules against all rules; each finding is `path: what`. Type-only imports make no cycle,
 * because they are gone when the program runs.
 * @param {readonly import('./read-module.mjs').ModuleFacts[]} modules
 * @returns {string[]}
 */
export function judgeProject(modules) {
  const names = new Set(modules.map(({ path }) => withoutExtension(path)));
  const graph = new Map(
    modules.map(({ path, imports }) => [
      withoutExtension(path),
      imports
        .filter(({ typeOnly }) => !typeOnly)
        .flatMap(({ specifier }) => resolveSpecifier(path, specifier) ?? [])
        .filter((target) => names.has(target)),
    ]),
  );
  return [
    ...modules.flatMap((facts) => findingsFor(facts).map((finding) => `${facts.path}: ${finding}`)),
    ...findCycles(graph).map((cycle) => `${cycle[0]}: import cycle ${[...cycle, cycle[0]].join(' → ')}`),
    ...folderCycles(modules, names),
  ];
}

/**
 * Folders of one top-level folder that import each other, directly or through others, with one import for
 * each step. Types count: whoever reads a folder has to know what it takes its types from. Tests may use
 * anything of their service.
 * @param {readonly import('./read-module.mjs').ModuleFacts[]} modules
 * @param {ReadonlySet<string>} names
 * @returns {string[]}
 */
function folderCycles(modules, names) {
  /** @type {Map<string, Map<string, string>>} */
  const examples = new Map();
  for (const { path, imports } of modules) {
    if (isTest(path)) continue;
    const from = folderOf(path);
    for (const { specifier } of imports) {
      const target = resolveSpecifier(path, specifier);
      if (target === undefined || !names.has(target)) continue;
      const to = folderOf(target);
      if (to === from || topOf(to) !== topOf(from)) continue;
      const targets = examples.get(from) ?? new Map();
      if (!targets.has(to)) targets.set(to, `${path} imports ${target}`);
      examples.set(from, targets);
    }
  }
  const graph = new Map([...examples].map(([from, targets]) => [from, [...targets.keys()]]));
  return findCycles(graph).map((cycle) => {
    const steps = cycle.map((from, index) =>
      examples.get(from)?.get(cycle[(index + 1) % cycle.length] ?? ''),
    );
    return `${cycle[0]}: folders import each other (rule 9): ${steps.join('; ')}`;
  });
}

/** @param {string} path */
const folderOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** @param {string} path */
const topOf = (path) => path.split('/')[0];
