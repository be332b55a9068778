import { readFileSync } from 'node:fs';

/**
 * Lists the children of a process's main thread, sandboxed ones too. Empty for a process that has ended, and
 * on other systems than Linux.
 */
export function childProcessIds(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children
      .split(' ')
      .filter((text) => text !== '')
      .map(Number);
  } catch {
    return [];
  }
}

/**
 * Sends a signal to a process and all its descendants. Parents come first: a stopped parent starts no child
 * that the walk would miss.
 */
export function signalProcessTree(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
    return;
  }
  for (const child of childProcessIds(pid)) signalProcessTree(child, signal);
}
