/**
 * Finds the cycles of a graph, each once, starting at its first file by name: `['a', 'b']` means that a
 * imports b and b imports a.
 * @param {ReadonlyMap<string, readonly string[]>} graph
 * @returns {string[][]}
 */
export function findCycles(graph) {
  /** @type {Map<string, 'open' | 'done'>} */
  const visited = new Map();
  /** @type {string[]} */
  const path = [];
  /** @type {Map<string, string[]>} */
  const cycles = new Map();
  /** @param {string} node */
  const visit = (node) => {
    visited.set(node, 'open');
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const state = visited.get(next);
      if (state === 'open') {
        const cycle = rotate(path.slice(path.indexOf(next)));
        cycles.set(cycle.join(' '), cycle);
      } else if (state === undefined) visit(next);
    }
    path.pop();
    visited.set(node, 'done');
  };
  for (const node of [...graph.keys()].sort()) if (!visited.has(node)) visit(node);
  return [...cycles.values()];
}

/** @param {string[]} cycle */
function rotate(cycle) {
  const first = cycle.indexOf([...cycle].sort()[0] ?? '');
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}
