import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  identifyThisProcess,
  type Liveness,
  livenessOf,
  type ProcessIdentity,
  processIdentitySchema,
} from '#core/storage/directory/process-identity.js';
import { removeOlder, type StoreLayout } from '#core/storage/directory/store-layout.js';
import { errorCode } from '#core/storage/directory/to-store-error.js';

const ownerSchema = z.object({ ownerId: z.string(), process: processIdentitySchema });

export interface Owner {
  ownerId: string;
  /** Undefined if the file is truncated, by a full disk or a power failure: no process owns it. */
  process: ProcessIdentity | undefined;
}

/** Age at which every temporary file is removed, whatever its owner. Writing takes far less. */
const maxWriteMs = 3_600_000;

/**
 * This process as a writer of one store: a file that identifies it, to which its locks are hard links. The
 * file is made at the first write, so that a process that only reads starts while the disk is full.
 */
export class StoreOwner {
  readonly ownerId = randomBytes(8).toString('hex');
  private readonly process = identifyThisProcess();
  private counter = 0;
  private hasFile = false;

  constructor(private readonly layout: StoreLayout) {}

  get file(): string {
    return join(this.layout.owners, this.ownerId);
  }

  /**
   * Writes the file aside and renames it: on a full disk, no truncated file is left. Called again if the
   * folder was emptied while the process runs.
   */
  writeFile(): void {
    const aside = join(this.layout.temporary, `${this.ownerId}.owner`);
    const owner: Owner = { ownerId: this.ownerId, process: this.process };
    try {
      writeFileSync(aside, JSON.stringify(owner));
      renameSync(aside, this.file);
    } finally {
      rmSync(aside, { force: true });
    }
    this.hasFile = true;
  }

  /** Unused path under `temporary/`. It names its owner, so that it is removed once the owner is dead. */
  temporaryPath(): string {
    if (!this.hasFile) this.writeFile();
    this.counter += 1;
    return join(this.layout.temporary, `${this.ownerId}.${this.counter}`);
  }

  livenessOf(owner: Owner): Liveness {
    if (owner.ownerId === this.ownerId) return 'alive';
    return owner.process === undefined ? 'dead' : livenessOf(owner.process, this.process);
  }

  /** Removes the temporary files of dead processes, then their owner files. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.layout.owners)) {
      const owner = readOwner(join(this.layout.owners, name));
      if (!owner || this.livenessOf(owner) !== 'dead') continue;
      await this.removeTemporary(name);
      await rm(join(this.layout.owners, name), { force: true });
    }
    await removeOlder(this.layout.temporary, Date.now() - maxWriteMs);
  }

  async remove(): Promise<void> {
    await this.removeTemporary(this.ownerId);
    await rm(this.file, { force: true });
  }

  private async removeTemporary(ownerId: string): Promise<void> {
    for (const name of await readdir(this.layout.temporary))
      if (name.startsWith(`${ownerId}.`)) await rm(join(this.layout.temporary, name), { force: true });
  }
}

/** Reads an owner file; undefined if it is gone. */
export function readOwner(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return { ownerId: 'unreadable', process: undefined };
  }
}
