import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writePrivateFile } from '#cli/context/write-private-file.js';
import type { DataFolder } from '#cli/instance/data-folder.js';

/** Where a running instance is reached, and with what key: for the commands beside it. Mode 0600 in a 0700 folder. */
export const instanceSchema = z.object({
  schemaVersion: z.literal(1),
  pid: z.number().int().positive(),
  startedAt: z.iso.datetime(),
  /** Base of the encoder's API. */
  apiUrl: z.url(),
  apiKey: z.string(),
  /** Base of delivery: pages and playlists. */
  deliveryUrl: z.url(),
  originUrl: z.url(),
  redisUrl: z.string(),
  storageUrl: z.string(),
  edges: z.array(z.object({ edgeId: z.string(), url: z.url(), location: z.string() })),
});
export type Instance = z.infer<typeof instanceSchema>;

export async function writeInstance(folder: DataFolder, instance: Instance): Promise<void> {
  await writePrivateFile(folder.instanceFile, instance);
}

/** Undefined where no instance runs, or none that left a readable file. */
export async function readInstance(folder: DataFolder): Promise<Instance | undefined> {
  try {
    return instanceSchema.parse(JSON.parse(await readFile(folder.instanceFile, 'utf8')));
  } catch {
    return undefined;
  }
}

export async function removeInstance(folder: DataFolder): Promise<void> {
  await rm(folder.instanceFile, { force: true });
}
