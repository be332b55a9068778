import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { withDeadline } from '#core/runtime/with-deadline.js';
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
  /**
   * Limit of one call with all its tries, to the head of its answer; calls that send over a MiB are exempt.
   * Without it the tries of a store that hangs last for most of a minute.
   */
  answerMs?: number;
}

/** For tasks, which would rather wait than fail. */
export const defaultTimeouts: S3Timeouts = {
  connectMs: 3000,
  idleMs: 10_000,
  requestMs: 60_000,
  attempts: 4,
};

/** For servers, whose callers give up after 7.5 s (edges), 8 s (players) or half a minute (proxies). */
export const requestTimeouts: S3Timeouts = {
  connectMs: 1_000,
  idleMs: 4_000,
  requestMs: 30_000,
  attempts: 3,
  answerMs: 4_000,
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
  if (timeouts.answerMs !== undefined) limitAnswers(client, timeouts.answerMs);
  return client;
}

const maxLimitedBytes = 1_048_576;

/** Rejects a call without an answer after `answerMs`. The call itself ends by the limits of its tries. */
function limitAnswers(client: S3Client, answerMs: number): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { Body: sent } = args.input as { Body?: unknown };
      if (sent instanceof Uint8Array && sent.length > maxLimitedBytes) return next(args);
      const answer = next(args);
      let isLate = false;
      // A body that nobody reads would hold its connection.
      const discard = (output: object): void => {
        const received = 'Body' in output ? output.Body : undefined;
        if (isLate && received instanceof Readable) received.destroy();
      };
      answer.then(
        ({ output }) => discard(output),
        () => undefined,
      );
      try {
        return await withDeadline('the object store', answerMs, answer);
      } catch (error) {
        isLate = true;
        throw error;
      }
    },
    { step: 'initialize', name: 'millraceAnswerDeadline', priority: 'high' },
  );
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
