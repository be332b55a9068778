import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writePrivateFile } from '#cli/context/write-private-file.js';
import type { DataFolder } from '#cli/instance/data-folder.js';

/**
 * Addresses and API key of a running instance, for commands on the same machine. Mode 0600 in a 0700 folder.
 */
export const instanceSchema = z.object({
  schemaVersion: z.literal(1),
  pid: z.number().int().positive(),
  startedAt: z.iso.datetime(),
  /** Base URL of the encoder's API. */
  apiUrl: z.url(),
  apiKey: z.string(),
  /** Base URL of delivery: pages and playlists. */
  deliveryUrl: z.url(),
  originUrl: z.url(),
  redisUrl: z.string(),
  storageUrl: z.string(),
  /** An instance that an earlier version started has no `location`. */
  edges: z.array(z.object({ edgeId: z.string(), url: z.url(), location: z.string().optional() })),
});
export type Instance = z.infer<typeof instanceSchema>;

export async function writeInstance(folder: DataFolder, instance: Instance): Promise<void> {
  await writePrivateFile(folder.instanceFile, instance);
}

/** Undefined if there is no readable instance file. */
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
