import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '#core/storage/directory/directory-error.js';
import {
  identifyThisProcess,
  type Liveness,
  livenessOf,
  processIdentitySchema,
} from '#core/storage/directory/process-identity.js';
import { removeOlder, type StoreLayout } from '#core/storage/directory/store-layout.js';

const ownerSchema = z.object({ ownerId: z.string(), process: processIdentitySchema });
export type Owner = z.infer<typeof ownerSchema>;

/** A body is written in far less; only files whose process cannot be judged wait this long. */
const maxWriteMs = 3_600_000;

/** This process as a writer of one store: a file that says who it is, which its locks are hard links of. */
export class StoreOwner {
  readonly ownerId = randomBytes(8).toString('hex');
  private readonly process = identifyThisProcess();
  private counter = 0;

  constructor(private readonly layout: StoreLayout) {
    this.writeFile();
  }

  get file(): string {
    return join(this.layout.owners, this.ownerId);
  }

  /** Again where somebody emptied the folder under a running process. */
  writeFile(): void {
    const owner: Owner = { ownerId: this.ownerId, process: this.process };
    writeFileSync(this.file, JSON.stringify(owner));
  }

  /** A path under `temporary/` nobody else uses; it names its owner, so that it goes when its owner is dead. */
  temporaryPath(): string {
    this.counter += 1;
    return join(this.layout.temporary, `${this.ownerId}.${this.counter}`);
  }

  livenessOf(owner: Owner): Liveness {
    return owner.ownerId === this.ownerId ? 'alive' : livenessOf(owner.process, this.process);
  }

  /** Removes what dead processes left: their temporary files, then the files that named them. */
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

/** The owner a file names; undefined where the file is gone. One cut by a power failure names nobody that is known. */
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
    return { ownerId: 'unreadable', process: { system: 'an unknown system', pid: 1 } };
  }
}
