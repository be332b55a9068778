import { Client } from 'minio';
import { ObjectStoreError } from '#core/storage/object-store.js';
import { checkPrefix, describeBucket, type S3Settings } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';

const refusedRuleCodes = new Set(['InvalidArgument', 'MalformedXML', 'NotImplemented']);

/**
 * Makes the bucket if it is missing, makes it private (no policy, so every request needs credentials), and
 * adds a rule that removes uploads left unfinished for a day. Safe to run again. Waits up to `waitMs` for a
 * server that is starting.
 */
export async function prepareBucket(
  settings: S3Settings,
  credentials: StorageCredentials,
  waitMs = 30_000,
): Promise<{ made: boolean; unfinishedUploadsEnd: 'by rule' | 'by the server' }> {
  const client = createClient(settings, credentials);
  try {
    const made = await whenAnswering(waitMs, () => makeBucket(client, settings));
    await client.setBucketPolicy(settings.bucket, '');
    return { made, unfinishedUploadsEnd: await setLifecycle(client, settings.bucket) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ObjectStoreError('unavailable', '', `cannot prepare ${describeBucket(settings)}: ${message}`, {
      cause: error,
    });
  }
}

function createClient(settings: S3Settings, credentials: StorageCredentials): Client {
  const endpoint = new URL(settings.endpoint ?? `https://s3.${settings.region}.amazonaws.com`);
  const useSSL = endpoint.protocol === 'https:';
  return new Client({
    endPoint: endpoint.hostname,
    port: endpoint.port === '' ? (useSSL ? 443 : 80) : Number(endpoint.port),
    useSSL,
    region: settings.region,
    pathStyle: settings.forcePathStyle,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
  });
}

async function makeBucket(client: Client, { bucket, region }: S3Settings): Promise<boolean> {
  if (await client.bucketExists(bucket)) return false;
  try {
    await client.makeBucket(bucket, region);
    return true;
  } catch (error) {
    // Another process made it in between.
    if (await client.bucketExists(bucket)) return false;
    throw error;
  }
}

/**
 * Expires leftovers of `check` and parts of unfinished uploads after a day. MinIO refuses the second rule: it
 * removes such parts by itself after 24 hours (its setting `stale_uploads_expiry`).
 */
async function setLifecycle(client: Client, bucket: string): Promise<'by rule' | 'by the server'> {
  const expireChecks = {
    ID: 'expire-checks',
    Status: 'Enabled',
    Filter: { Prefix: checkPrefix },
    Expiration: { Days: 1 },
  };
  const abortUploads = {
    ID: 'abort-unfinished-uploads',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  };
  try {
    await client.setBucketLifecycle(bucket, { Rule: [expireChecks, abortUploads] });
    return 'by rule';
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && refusedRuleCodes.has(String(error.code)))) throw error;
    await client.setBucketLifecycle(bucket, { Rule: [expireChecks] });
    return 'by the server';
  }
}

async function whenAnswering<Result>(waitMs: number, attempt: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const starting = error instanceof Error && 'code' in error && isStartingCode(String(error.code));
      if (!starting || performance.now() - started > waitMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

function isStartingCode(code: string): boolean {
  return ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'XMinioServerNotInitialized'].includes(
    code,
  );
}
