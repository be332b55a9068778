import { parseSync } from 'vite';

/**
 * A module's syntax tree, comments and import records. Throws if it does not parse.
 * @param {string} path
 * @param {string} text
 */
export function parseModule(path, text) {
  const { program, comments, module, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path} does not parse: ${errors[0].message}`);
  return { program, comments, module };
}

/**
 * Every node of a syntax tree, parents before children.
 * @param {unknown} value
 * @returns {Generator<Record<string, any>>}
 */
export function* nodesOf(value) {
  if (typeof value !== 'object' || value === null) return;
  const node = /** @type {Record<string, any>} */ (value);
  if (typeof node.type === 'string') yield node;
  for (const child of Object.values(node)) yield* nodesOf(child);
}
