import { readFile } from 'node:fs/promises';

/** USER_HZ: every Linux that Node runs on has 100. */
const ticksPerSecond = 100;

/**
 * User and system CPU time of a process, seconds; from /proc, so Linux alone. Without its children: those in a sandbox are
 * reaped inside it and counted nowhere outside.
 */
export async function processCpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The program's name, in brackets, may hold spaces: fields count from behind it. utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 13).reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond;
}
