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

/** Reads what a process logged since `sinceBytes`, at most the last 64 KiB. */
export async function readLogSince(path: string, sinceBytes: number): Promise<string> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  return bytes.subarray(Math.max(sinceBytes, bytes.length - tailBytes)).toString('utf8');
}

/**
 * Finds in a log why its process ended by itself: the last fatal line, the last thrown error, the last line
 * of level error, or the last line of text. A JSON line of a lower level is no cause. Undefined if none.
 */
export function findCause(logged: string): string | undefined {
  const lines = logged.split('\n').filter((line) => line.trim() !== '');
  const entries = lines.map(readEntry);
  const messagesFrom = (level: number): string[] =>
    entries.flatMap((entry) => (entry && entry.level >= level ? [entry.message] : []));
  const thrown = lines.filter((line) => /^(\w*Error\b.*: |FATAL ERROR: )/.test(line));
  const text = lines.filter((_line, index) => entries[index] === undefined);
  return messagesFrom(60).at(-1) ?? thrown.at(-1) ?? messagesFrom(50).at(-1) ?? text.at(-1);
}

/** Level and message of a pino line, with that of its error; undefined for any other line. */
function readEntry(line: string): { level: number; message: string } | undefined {
  try {
    const entry = JSON.parse(line) as { level?: number; msg?: string; err?: { message?: string } };
    const { level = 0, msg = '', err } = entry;
    const cause = err?.message;
    return { level, message: cause === undefined || cause === msg ? msg : `${msg}: ${cause}` };
  } catch {
    return undefined;
  }
}
