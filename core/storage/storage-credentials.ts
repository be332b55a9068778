import { z } from 'zod';

export interface StorageCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Settings of every service that opens object storage. */
export const storageSettings = {
  MILLRACE_STORAGE_URL: z.string(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
} as const;

/** Credentials for an `s3://` storage URL; undefined unless both variables are set and not empty. */
export function readStorageCredentials(environment: {
  AWS_ACCESS_KEY_ID?: string | undefined;
  AWS_SECRET_ACCESS_KEY?: string | undefined;
}): StorageCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}
