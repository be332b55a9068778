import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';

export interface S3Timeouts {
  connectMs: number;
  /** Limit of silence on a connection in use. */
  idleMs: number;
  /** Limit from a request's start to the first byte of its answer, including the time to send the body. */
  requestMs: number;
  /** Tries of one request, including the first, with growing pauses in between. */
  attempts: number;
}

export const defaultTimeouts: S3Timeouts = {
  connectMs: 3000,
  idleMs: 10_000,
  requestMs: 60_000,
  attempts: 4,
};

export function createS3Client(
  settings: S3Settings,
  credentials: StorageCredentials | undefined,
  timeouts: S3Timeouts,
): S3Client {
  const checksums = settings.checksums === 'when_required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED';
  const client = new S3Client({
    region: settings.region,
    forcePathStyle: settings.forcePathStyle,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    ...(credentials ? { credentials } : {}),
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    maxAttempts: timeouts.attempts,
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      socketTimeout: timeouts.idleMs,
      requestTimeout: timeouts.requestMs,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: 128 },
      httpsAgent: { maxSockets: 128 },
    },
  });
  if (checksums === 'WHEN_REQUIRED') sendContentMd5(client);
  return client;
}

/** Adds Content-MD5. Every body is a whole Buffer here, since lib-storage divides streams into parts. */
function sendContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { headers?: Record<string, string>; body?: unknown };
      if (request.headers && request.body instanceof Uint8Array && request.body.length > 0)
        request.headers['content-md5'] ??= createHash('md5').update(request.body).digest('base64');
      return next(args);
    },
    { step: 'build', name: 'millraceContentMd5', priority: 'low' },
  );
}
