export interface StorageCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Reads the credentials of an `s3://` store from a service's settings; undefined unless both variables are set. */
export function readStorageCredentials(settings: {
  AWS_ACCESS_KEY_ID?: string | undefined;
  AWS_SECRET_ACCESS_KEY?: string | undefined;
}): StorageCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}
