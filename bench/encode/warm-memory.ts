import { execFile } from 'node:child_process';
import { freemem } from 'node:os';
import { promisify } from 'node:util';

/** Three times what a title or one ffmpeg takes: the system hands out other pages first. */
const mostBytes = 2 ** 32;

/**
 * Touches memory and gives it back. Virtual machines return idle memory to their host, and getting it again costs CPU
 * time, up to two seconds a gigabyte: without this, whichever run comes first would pay for the others.
 */
export async function warmMemory(): Promise<void> {
  const bytes = Math.min(mostBytes, Math.floor(freemem() / 2));
  await promisify(execFile)(process.execPath, ['-e', `Buffer.alloc(${bytes}, 1)`]);
}
