import { readFileSync } from 'node:fs';
import { childProcessIds } from '#workers/ffmpeg/process-tree.js';

/** USER_HZ: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/**
 * Reads the user and system CPU time of a process from /proc, seconds. Throws without such a process, and on
 * other systems than Linux. Excludes children: those in a sandbox are reaped inside it, so /proc counts them
 * nowhere outside.
 */
export function processCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may contain spaces, so fields count from its end. utime is field 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 13).reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond;
}

/** Reads the CPU time of a process and its running descendants, also in a sandbox. Ended ones count 0. */
export function processTreeCpuSeconds(pid: number): number {
  try {
    const parts = [processCpuSeconds(pid), ...childProcessIds(pid).map(processTreeCpuSeconds)];
    return parts.reduce((sum, seconds) => sum + seconds, 0);
  } catch {
    return 0;
  }
}
