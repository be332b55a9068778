/**
 * @typedef {{ version?: string, integrity?: string, resolved?: string, optional?: boolean, link?: boolean }}
 *   LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lockfile
 */

/**
 * Whether node_modules matches the lockfile, by npm's own record of what it installed
 * (`node_modules/.package-lock.json`, written last, so that an interrupted install has none). Optional
 * packages of other platforms may be absent.
 * @param {Lockfile} wanted
 * @param {Lockfile} installed
 */
export function isInstalled(wanted, installed) {
  const locked = wanted.packages ?? {};
  const present = installed.packages ?? {};
  const allPresent = Object.entries(locked).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (!found) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
  return allPresent && Object.keys(present).every((path) => path in locked);
}
