import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DoctorFinding } from '#cli/doctor/finding.js';
import { formatBytes } from '#cli/output/figures.js';

/** Space for a source, its scratch files and its renditions. */
const comfortableBytes = 5e9;
const minBytes = 5e8;

/** Checks free space at the data folder, or at its nearest existing parent. */
export async function checkDisk(path: string): Promise<DoctorFinding> {
  const stat = await statfs(path).catch(() => undefined);
  if (!stat) {
    if (dirname(path) === path) return { name: 'disk', status: 'missing', detail: `${path} cannot be read` };
    return checkDisk(dirname(path));
  }
  const freeBytes = stat.bavail * stat.bsize;
  const detail = `${formatBytes(freeBytes)} free at ${path}`;
  if (freeBytes >= comfortableBytes) return { name: 'disk', status: 'ok', detail };
  const remedy = `Free some space (${formatBytes(comfortableBytes)} is recommended), or use another disk with --data DIR.`;
  return { name: 'disk', status: freeBytes < minBytes ? 'missing' : 'optional', detail, remedy };
}
