import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writePrivateFile } from '#cli/context/write-private-file.js';
import type { DataFolder } from '#cli/instance/data-folder.js';
import { pollUntil } from '#cli/up/poll-until.js';
import {
  identifyProcess,
  identifyThisProcess,
  livenessOf,
  type ProcessIdentity,
  processIdentitySchema,
} from '#core/storage/directory/process-identity.js';

const rosterSchema = z.array(z.object({ name: z.string(), identity: processIdentitySchema }));
type Roster = z.infer<typeof rosterSchema>;

/** Services of a killed `up` notice within moments that it is gone; this long they get before they are killed. */
const leftoverGraceMs = 2_000;

/** The processes that an instance started, on disk: a later start can tell what an earlier one left behind. */
export class ProcessRoster {
  private entries: Roster = [];
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly folder: DataFolder) {}

  /** Ends what a killed instance left behind; resolves to its names. Needs the folder's lock. */
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

  /** Replaces what is known of `name`. Writes follow one another, so the file is always whole. */
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
    // It ended between the look and the signal: what was wanted.
  }
}
