import { rename, writeFile } from 'node:fs/promises';

/** Writes a file atomically, with mode 0600. */
export async function writePrivateFile(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}
