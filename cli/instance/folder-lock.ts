import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { CliError } from '#cli/context/cli-error.js';
import type { DataFolder } from '#cli/instance/data-folder.js';
import { readInstance } from '#cli/instance/instance-file.js';
import {
  identifyThisProcess,
  livenessOf,
  type ProcessIdentity,
  processIdentitySchema,
} from '#core/storage/directory/process-identity.js';

/** How often the holder touches its lock. */
const touchEveryMs = 5_000;
/** A takeover takes milliseconds: whoever has held the guard this long has died. */
const guardDiesAfterMs = 10_000;
/**
 * A holder whose process cannot be checked (another container) counts as dead after this long without a
 * touch.
 */
const silentAfterMs = 30_000;

/**
 * Locks the data folder for this process; resolves to the function that releases it. Takes over the lock of a
 * dead holder. Throws a CliError with the address of the instance that holds it.
 */
export async function lockFolder(folder: DataFolder): Promise<() => Promise<void>> {
  const own = identifyThisProcess();
  const temporary = `${folder.lockFile}.${own.pid}.${randomUUID()}.tmp`;
  await writeFile(temporary, JSON.stringify(own), { mode: 0o600 });
  try {
    while (!(await tryLink(temporary, folder.lockFile))) await removeStaleLock(folder, own, temporary);
  } finally {
    await rm(temporary, { force: true });
  }
  const touching = setInterval(() => {
    const now = new Date();
    utimes(folder.lockFile, now, now).catch(() => undefined);
  }, touchEveryMs);
  touching.unref();
  return async () => {
    clearInterval(touching);
    await rm(folder.lockFile, { force: true });
  };
}

/** Creates the lock; false if it exists already. link(2) never replaces a file. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a dead lock. Only the holder of the takeover guard may do so, after reading the lock again:
 * otherwise a process that started its check earlier would remove the lock that another has just taken.
 */
async function removeStaleLock(folder: DataFolder, own: ProcessIdentity, temporary: string): Promise<void> {
  const held = await readLock(folder.lockFile);
  if (held === 'gone') return;
  if (held && (await isHeld(held, own, folder.lockFile))) throw await alreadyRunning(folder, held);
  const guard = `${folder.lockFile}.takeover`;
  if (!(await tryLink(temporary, guard))) {
    const since = await stat(guard).catch(() => undefined);
    if (since && Date.now() - since.mtimeMs > guardDiesAfterMs) await rm(guard, { force: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return;
  }
  try {
    const now = await readLock(folder.lockFile);
    const isAlive = now && now !== 'gone' && (await isHeld(now, own, folder.lockFile));
    if (!isAlive) await rm(folder.lockFile, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function isHeld(held: ProcessIdentity, own: ProcessIdentity, lockFile: string): Promise<boolean> {
  const liveness = livenessOf(held, own);
  if (liveness !== 'unknown') return liveness === 'alive';
  const touched = await stat(lockFile).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs < silentAfterMs;
}

/** Undefined if the file holds no process identity. */
async function readLock(path: string): Promise<ProcessIdentity | undefined | 'gone'> {
  try {
    const parsed = processIdentitySchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.data;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : undefined;
  }
}

async function alreadyRunning(folder: DataFolder, held: ProcessIdentity): Promise<CliError> {
  const instance = await readInstance(folder);
  const address = instance ? `at ${instance.deliveryUrl}/` : 'and is still starting';
  return new CliError(
    `Millrace already runs in ${folder.path} (process ${held.pid}) ${address}. ` +
      'Use that instance, stop it with Ctrl-C in its terminal, or start a second one with --data DIR.',
  );
}
