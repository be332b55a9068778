import { link, readFile, rename, rm, utimes, stat, writeFile } from 'node:fs/promises';
import { CliError } from '#cli/cli-error.js';
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
/** A holder that cannot be looked at (another container) and has been silent this long is gone. */
const silentAfterMs = 30_000;

/**
 * Takes the data folder for this process; resolves to what gives it back. A lock whose holder is dead is taken over.
 * Throws CliError with the address of the instance that holds it.
 */
export async function lockFolder(folder: DataFolder): Promise<() => Promise<void>> {
  const own = identifyThisProcess();
  const temporary = `${folder.lockFile}.${own.pid}.tmp`;
  await writeFile(temporary, JSON.stringify(own), { mode: 0o600 });
  try {
    while (!(await tryLink(temporary, folder.lockFile))) await removeStaleLock(folder, own);
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

async function removeStaleLock(folder: DataFolder, own: ProcessIdentity): Promise<void> {
  const held = await readLock(folder.lockFile);
  if (held === 'gone') return;
  if (held && (await isHeld(held, own, folder.lockFile))) throw await alreadyRunning(folder, held);
  // Moved aside before it is removed: of two processes that find the same dead lock, one moves it.
  const aside = `${folder.lockFile}.${own.pid}.stale`;
  try {
    await rename(folder.lockFile, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readLock(aside);
  // What was moved may be a lock taken since: give it back.
  if (moved && moved !== 'gone' && JSON.stringify(moved) !== JSON.stringify(held))
    await tryLink(aside, folder.lockFile);
  await rm(aside, { force: true });
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
