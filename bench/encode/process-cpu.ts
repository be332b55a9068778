import { readFile } from 'node:fs/promises';

/** USER_HZ: every Linux that Node runs on has 100. */
const ticksPerSecond = 100;

/** User and system CPU time of a process and of its children that have ended, seconds; from /proc, so Linux alone. */
export async function processCpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The program's name, in brackets, may hold spaces: fields count from behind it. utime, stime, cutime, cstime are 14 to 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond;
}
