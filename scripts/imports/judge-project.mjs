import { findCycles } from './find-cycles.mjs';
import { findingsFor, resolveSpecifier, withoutExtension } from './import-rules.mjs';

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
  ];
}
