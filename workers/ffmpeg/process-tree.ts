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

/** The programs between a worker and ffmpeg, by the names that the kernel shows. */
const launchers = new Set([
  'sh',
  'dash',
  'ffmpeg-launcher',
  '.launch',
  'prlimit',
  'nice',
  'setpriv',
  'unshare',
  'bwrap',
]);

/**
 * Whether the program of a run has started, behind all its launchers. Until then the kernel may not yet know
 * that the run is to die with the worker: a launcher that is stopped when the worker dies stays for ever.
 */
export function hasStartedProgram(pid: number): boolean {
  const children = childProcessIds(pid);
  if (children.length > 0) return children.some(hasStartedProgram);
  try {
    return !launchers.has(readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
  } catch {
    return false;
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
