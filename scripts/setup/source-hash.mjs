import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = /\.(ts|tsx|mts|css|html|svg|json|png|ico|woff2)$/;
const TEST = /\.(test|suite)\.tsx?$/;

/**
 * A digest of the named files and of every source below the named folders except tests. Equal digests mean
 * that a build would give the same result.
 * @param {string} root
 * @param {readonly string[]} entries files and folders, relative to `root`; missing ones count as empty
 */
export function hashSources(root, entries) {
  const digest = createHash('sha256');
  for (const entry of entries) {
    for (const file of listSources(root, entry)) {
      const bytes = readFileSync(join(root, file));
      digest.update(`${file}\0${bytes.length}\0`).update(bytes);
    }
  }
  return digest.digest('hex');
}

/**
 * @param {string} root
 * @param {string} entry
 * @returns {string[]} sorted, relative to `root`
 */
function listSources(root, entry) {
  const stat = statSync(join(root, entry), { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.isFile()) return [entry];
  return readdirSync(join(root, entry), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((item) => {
      const path = `${entry}/${item.name}`;
      if (item.isDirectory()) return item.name === 'node_modules' ? [] : listSources(root, path);
      return SOURCE.test(item.name) && !TEST.test(item.name) ? [path] : [];
    });
}
