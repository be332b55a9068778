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

/** The holder touches its lock this often. */
const touchEveryMs = 5_000;
/** Taking over takes milliseconds: whoever holds the guard this long died with it. */
const guardDiesAfterMs = 10_000;
/** A holder that cannot be looked at (another container) and has been silent this long is gone. */
const silentAfterMs = 30_000;

/**
 * Takes the data folder for this process; resolves to what gives it back. A lock whose holder is dead is taken over.
 * Throws CliError with the address of the instance that holds it.
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

/** False where the lock is there already: link(2) never replaces. */
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
 * Only the holder of the take-over guard may remove a dead lock, and looks at it again first: without that, a late comer
 * would remove the lock that another has just taken.
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

/** Undefined where the file holds no identity. */
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
    `Millrace runs already in ${folder.path} (process ${held.pid}) ${address}. ` +
      'Use that one, stop it with Ctrl-C where it runs, or start a second one in another folder with --data DIR.',
  );
}
