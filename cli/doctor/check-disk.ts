import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DoctorFinding } from '#cli/doctor/finding.js';
import { formatBytes } from '#cli/output/figures.js';

/** A film, its scratch files and its renditions. */
const comfortableBytes = 5e9;
const minBytes = 5e8;

/** Room on the disk of the data folder, or of the nearest folder above it that exists. */
export async function checkDisk(path: string): Promise<DoctorFinding> {
  const stat = await statfs(path).catch(() => undefined);
  if (!stat) {
    if (dirname(path) === path)
      return { name: 'disk', status: 'missing', detail: `${path} cannot be looked at` };
    return checkDisk(dirname(path));
  }
  const freeBytes = stat.bavail * stat.bsize;
  const detail = `${formatBytes(freeBytes)} free at ${path}`;
  if (freeBytes >= comfortableBytes) return { name: 'disk', status: 'ok', detail };
  const remedy = `Free some space (${formatBytes(comfortableBytes)} is comfortable), or use another disk with --data DIR.`;
  return { name: 'disk', status: freeBytes < minBytes ? 'missing' : 'optional', detail, remedy };
}
