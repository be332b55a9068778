import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Identifies the machine, the same for all containers on it: on Linux the kernel's id of its boot
 * (random(4)). Elsewhere the host name.
 */
export function readMachineId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return hostname();
  }
}
