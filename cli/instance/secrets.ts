import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CliError } from '#cli/context/cli-error.js';
import { writePrivateFile } from '#cli/context/write-private-file.js';
import type { DataFolder } from '#cli/instance/data-folder.js';

const secretsSchema = z.object({
  schemaVersion: z.literal(1),
  /** The first API key, created at the first start. */
  apiKey: z.string().min(32),
  /** `id:hex,…` for MILLRACE_TOKEN_KEYS. To rotate, put a new key first and keep the old one for a day. */
  tokenKeys: z.string().min(32),
  /** Shared secret with which edges authenticate at the origin. */
  originSecret: z.string().min(32),
});
export type Secrets = z.infer<typeof secretsSchema>;

export function createSecrets(): Secrets {
  return {
    schemaVersion: 1,
    apiKey: `mr_${randomBytes(32).toString('base64url')}`,
    tokenKeys: `k1:${randomBytes(32).toString('hex')}`,
    originSecret: randomBytes(32).toString('hex'),
  };
}

/** Reads the folder's secrets; creates them at the first start. The caller holds the folder's lock. */
export async function readOrCreateSecrets(
  folder: DataFolder,
): Promise<{ secrets: Secrets; created: boolean }> {
  let text: string;
  try {
    text = await readFile(folder.secretsFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secrets = createSecrets();
    await writePrivateFile(folder.secretsFile, secrets);
    return { secrets, created: true };
  }
  try {
    return { secrets: secretsSchema.parse(JSON.parse(text)), created: false };
  } catch (error) {
    throw new CliError(
      `${folder.secretsFile} is damaged. Restore it from a backup, or delete it: new keys are made, and API keys handed out before stop working.`,
      { cause: error },
    );
  }
}
