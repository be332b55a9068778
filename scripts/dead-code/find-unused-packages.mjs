/**
 * Packages that no file imports or runs, because another package loads them.
 * @type {ReadonlyMap<string, string>}
 */
const loadedByOthers = new Map([
  ['@types/node', 'the types of Node.js'],
  ['@vitest/coverage-v8', 'vitest --coverage'],
  ['oxlint-tsgolint', 'oxlint --type-aware'],
  ['shaka-player', 'bench/playable serves its bundle to a browser'],
]);

/**
 * Dependencies of package.json that nothing uses: no source imports them, and no script runs them from
 * node_modules.
 * @param {{ dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} manifest
 * @param {readonly import('./read-exports.mjs').ModuleNames[]} modules
 * @param {string} scripts text of the scripts that run programs of packages
 * @returns {string[]}
 */
export function findUnusedPackages(manifest, modules, scripts) {
  const imported = new Set(modules.flatMap(({ packages }) => packages));
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  return names
    .filter((name) => {
      const typed = name.replace(/^@types\/(?:(.+)__)?/, (_, scope) => (scope ? `@${scope}/` : ''));
      return !(imported.has(typed) || loadedByOthers.has(name) || scripts.includes(`node_modules/${name}/`));
    })
    .map((name) => `package.json: ${name} is used nowhere`);
}
