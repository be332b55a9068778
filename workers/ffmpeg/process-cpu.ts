import { readFile } from 'node:fs/promises';

/** USER_HZ: every Linux that Node runs on has 100. */
const ticksPerSecond = 100;

/**
 * User and system CPU time of a process, seconds; from /proc, so Linux alone: rejects elsewhere, and where there is no such
 * process. Without its children: those in a sandbox are reaped inside it and counted nowhere outside.
 */
export async function processCpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The program's name, in brackets, may hold spaces: fields count from behind it. utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 13).reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond;
}

/** The same of a process and all that it started and that still run, those in a sandbox too; 0 for what has ended. */
export async function processTreeCpuSeconds(pid: number): Promise<number> {
  try {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    const pids = children.split(' ').filter((text) => text !== '');
    const parts = await Promise.all([
      processCpuSeconds(pid),
      ...pids.map((child) => processTreeCpuSeconds(Number(child))),
    ]);
    return parts.reduce((sum, seconds) => sum + seconds, 0);
  } catch {
    return 0;
  }
}
