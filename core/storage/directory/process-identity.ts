import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/**
 * Identifies one process among all that ever shared the directory. Stored in a file, it outlives its process.
 */
export const processIdentitySchema = z.object({
  /** Host, boot and pid namespace. Process ids can be compared only if this is equal. */
  system: z.string(),
  pid: z.number().int().positive(),
  /** Start time in ticks since boot (proc(5)). Distinguishes a process from a later one with the same id. */
  startTicks: z.string().optional(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** `unknown`: on another host or container, or on a system without start times. */
export type Liveness = 'alive' | 'dead' | 'unknown';

export function identifyThisProcess(): ProcessIdentity {
  return identifyProcess(process.pid);
}

/** Identifies the process that has the id `pid` now. The caller knows that it is the right one. */
export function identifyProcess(pid: number): ProcessIdentity {
  const startTicks = readProcess(pid)?.startTicks;
  return { system: identifySystem(), pid, ...(startTicks === undefined ? {} : { startTicks }) };
}

export function livenessOf(identity: ProcessIdentity, here: ProcessIdentity): Liveness {
  if (identity.system !== here.system) return 'unknown';
  if (!processIdExists(identity.pid)) return 'dead';
  if (identity.startTicks === undefined) return identity.pid === here.pid ? 'alive' : 'unknown';
  const running = readProcess(identity.pid);
  // A killed child keeps its id until its parent waits for it, and never runs again.
  return running && !running.zombie && running.startTicks === identity.startTicks ? 'alive' : 'dead';
}

function processIdExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * Fields 3 (state) and 22 (starttime) of proc(5) stat; the name before them may hold spaces and parentheses.
 */
function readProcess(pid: number): { zombie: boolean; startTicks: string } | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields?.[0] || !fields[19]) return undefined;
  return { zombie: fields[0] === 'Z' || fields[0] === 'X', startTicks: fields[19] };
}

function identifySystem(): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
  const pidNamespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot ?? '', pidNamespace ?? ''].join(' ');
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
