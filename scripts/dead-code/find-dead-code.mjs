import { isTest, withoutExtension } from '../imports/import-rules.mjs';

/** @typedef {import('./read-exports.mjs').ModuleNames} ModuleNames */

/**
 * Files that nothing uses and exports that no other file uses: `path:line: what`. Code that only tests use
 * counts as unused, except in test material and for a name that its own file uses too.
 * @param {readonly ModuleNames[]} modules
 * @returns {string[]}
 */
export function findDeadCode(modules) {
  const users = usersByTarget(modules);
  return modules.flatMap((module) => {
    const { path } = module;
    const own = (users.get(withoutExtension(path)) ?? []).filter((user) => user.path !== path);
    if (!module.isEntry) {
      if (own.length === 0) return [`${path}: no file imports it`];
      if (!isForTests(path) && own.every((user) => isTest(user.path)))
        return [`${path}: only tests import it`];
    }
    return module.exports.flatMap((entry) => {
      const callers = own.filter((user) => user.name === entry.name || user.name === '*');
      const finding = judgeExport(path, entry, callers);
      return finding === undefined ? [] : [`${path}:${entry.line}: ${entry.name} ${finding}`];
    });
  });
}

/**
 * A type that its own file uses is part of the signatures exported there, so it may be exported without
 * another user.
 * @param {string} path
 * @param {import('./read-exports.mjs').ExportedName} entry
 * @param {readonly { path: string }[]} callers
 */
function judgeExport(path, { isType, isUsedHere }, callers) {
  if (isType && isUsedHere) return undefined;
  if (callers.length === 0)
    return isUsedHere ? 'is used in its own file only: drop its export' : 'is used nowhere';
  if (isUsedHere || isForTests(path) || callers.some((caller) => !isTest(caller.path))) return undefined;
  return 'is used by tests only';
}

/**
 * Tests, and the fixtures and benches that only they and people use.
 * @param {string} path
 */
function isForTests(path) {
  return isTest(path) || /^(fixtures|bench)\//.test(path);
}

/**
 * @param {readonly ModuleNames[]} modules
 * @returns {Map<string, { path: string, name: string }[]>}
 */
function usersByTarget(modules) {
  /** @type {Map<string, { path: string, name: string }[]>} */
  const users = new Map();
  for (const { path, uses } of modules)
    for (const { target, name } of uses) users.set(target, [...(users.get(target) ?? []), { path, name }]);
  return users;
}
