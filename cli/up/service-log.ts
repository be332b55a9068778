import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A larger log is rotated at start. One rotated log is kept per service. */
const maxBytes = 20 * 2 ** 20;
/** How much of a log's end is searched for the cause of a crash. */
const tailBytes = 64 * 1024;

export function logFileOf(logsDirectory: string, name: string): string {
  return join(logsDirectory, `${name}.log`);
}

/** Opens a service's log for appending. The caller closes it. */
export async function openServiceLog(path: string) {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > maxBytes) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

/**
 * Finds why a process ended: the message of its last logged error, or its last line of text; undefined if
 * none.
 */
export async function lastWords(path: string, sinceBytes: number): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  const lines = bytes
    .subarray(Math.max(sinceBytes, bytes.length - tailBytes))
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const errors = lines.map(errorOf).filter((message) => message !== undefined);
  const thrown = lines.filter((line) => /^\w*Error\b.*: /.test(line));
  return errors.at(-1) ?? thrown.at(-1) ?? lines.at(-1);
}

/** The message of a pino line of level error or above, and that of its error. */
function errorOf(line: string): string | undefined {
  try {
    const entry = JSON.parse(line) as { level?: number; msg?: string; err?: { message?: string } };
    if ((entry.level ?? 0) < 50) return undefined;
    const cause = entry.err?.message;
    return cause === undefined || cause === entry.msg ? entry.msg : `${entry.msg}: ${cause}`;
  } catch {
    return undefined;
  }
}
