import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writePrivateFile } from '#cli/context/write-private-file.js';
import type { DataFolder } from '#cli/instance/data-folder.js';
import { pollUntil } from '#cli/up/wait-until-ready.js';
import {
  identifyProcess,
  identifyThisProcess,
  livenessOf,
  type ProcessIdentity,
  processIdentitySchema,
} from '#core/storage/directory/process-identity.js';

const rosterSchema = z.array(z.object({ name: z.string(), identity: processIdentitySchema }));
type Roster = z.infer<typeof rosterSchema>;

/** Services notice within moments that their `up` was killed. After this long they are killed. */
const leftoverGraceMs = 2_000;

/** Records on disk which processes an instance started, so that a later start finds what it left behind. */
export class ProcessRoster {
  private entries: Roster = [];
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly folder: DataFolder) {}

  /** Stops what a killed instance left running; resolves to the names. The caller holds the folder's lock. */
  async endLeftovers(): Promise<string[]> {
    const here = identifyThisProcess();
    const alive = (await this.read()).filter(({ identity }) => livenessOf(identity, here) === 'alive');
    const isGone = ({ identity }: { identity: ProcessIdentity }): boolean =>
      livenessOf(identity, here) !== 'alive';
    for (const { identity } of alive) signal(identity.pid, 'SIGTERM');
    if (!(await pollUntil(() => alive.every(isGone), leftoverGraceMs))) {
      for (const entry of alive.filter((left) => !isGone(left))) signal(entry.identity.pid, 'SIGKILL');
      await pollUntil(() => alive.every(isGone), leftoverGraceMs);
    }
    await rm(this.folder.processesFile, { force: true });
    return alive.map(({ name }) => name);
  }

  /** Replaces the entry of `name`. Writes run one after another, so the file is always complete. */
  async note(name: string, pid: number): Promise<void> {
    const identity = identifyProcess(pid);
    this.entries = [...this.entries.filter((entry) => entry.name !== name), { name, identity }];
    this.writing = this.writing.then(() => writePrivateFile(this.folder.processesFile, this.entries));
    await this.writing;
  }

  async remove(): Promise<void> {
    await this.writing;
    await rm(this.folder.processesFile, { force: true });
  }

  private async read(): Promise<Roster> {
    try {
      return rosterSchema.parse(JSON.parse(await readFile(this.folder.processesFile, 'utf8')));
    } catch {
      return [];
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended between the check and the signal, which is the aim.
  }
}
