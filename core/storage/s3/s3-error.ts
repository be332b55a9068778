import { ObjectStoreError, type ObjectStoreErrorCode } from '#core/storage/object-store.js';
import { describeBucket, type S3Settings } from '#core/storage/s3/s3-settings.js';

/** What an answer of the store or a failure on the way to it says, as far as the AWS client tells. */
interface S3Failure {
  name: string;
  message: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

const codeByName: Record<string, ObjectStoreErrorCode> = {
  NoSuchKey: 'not_found',
  NotFound: 'not_found',
  PreconditionFailed: 'precondition_failed',
  InvalidRange: 'range_unsatisfiable',
  BadDigest: 'checksum_mismatch',
  InvalidDigest: 'checksum_mismatch',
  XAmzContentSHA256Mismatch: 'checksum_mismatch',
  XAmzContentChecksumMismatch: 'checksum_mismatch',
  XMinioStorageFull: 'no_space',
  XMinioAdminBucketQuotaExceeded: 'no_space',
  QuotaExceeded: 'no_space',
};

const codeByStatus: Record<number, ObjectStoreErrorCode> = {
  412: 'precondition_failed',
  416: 'range_unsatisfiable',
  507: 'no_space',
};

const nameByNetworkCode: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there: is the object store running, and is the endpoint right?',
  ENOTFOUND: 'its name is unknown to DNS: is the endpoint right?',
  EAI_AGAIN: 'its name could not be looked up: is DNS working?',
  EHOSTUNREACH: 'no way to that host: is the endpoint right?',
};

/** The one translation of the AWS client's errors; anything else passes as it is. */
export function toStoreError(error: unknown, key: string, settings: S3Settings): unknown {
  if (error instanceof ObjectStoreError || !isFailure(error)) return error;
  const status = error.$metadata?.httpStatusCode ?? 0;
  const code = codeByName[error.name] ?? codeByStatus[status] ?? 'unavailable';
  const subject = key === '' ? describeBucket(settings) : `object ${key} in ${describeBucket(settings)}`;
  return new ObjectStoreError(code, key, `${subject}: ${explain(error, code, status)}`, { cause: error });
}

/**
 * Whether the store has surely not acted on a request and never will: it understood and refused. After anything else
 * (no answer, 5xx, a conflict, 404 for an upload that an earlier try has completed) only looking tells.
 */
export function isRefusal(error: unknown): boolean {
  if (!isFailure(error)) return false;
  const status = error.$metadata?.httpStatusCode ?? 0;
  if (error.name === 'NoSuchBucket' || codeByName[error.name] === 'no_space') return true;
  return status >= 400 && status < 500 && ![404, 408, 409, 412, 429].includes(status);
}

/** An object that is not there; a bucket that is not there is the store's trouble. */
export function isMissing(error: unknown): boolean {
  return isFailure(error) && codeByName[error.name] === 'not_found';
}

/** Failures of writing a fetched object to the local disk. */
export function toScratchError(error: unknown, key: string, path: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const full = 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return new ObjectStoreError(
    full ? 'no_space' : 'unavailable',
    key,
    full
      ? `object ${key}: no space left for a copy at ${path}: free some, or use a larger scratch disk`
      : `object ${key}: no copy can be kept at ${path}: ${error.message}`,
    { cause: error },
  );
}

function isFailure(error: unknown): error is S3Failure {
  return error instanceof Error && ('$metadata' in error || 'code' in error || error.name === 'TimeoutError');
}

function explain(error: S3Failure, code: ObjectStoreErrorCode, status: number): string {
  if (code === 'not_found') return 'not found';
  if (code === 'no_space') return `the store is full (${error.name}): free or add space there`;
  if (error.name === 'NoSuchBucket') return 'the bucket does not exist: prepare it first';
  if (error.name === 'RequestTimeTooSkewed')
    return 'refused because the clocks differ: set this machine’s time';
  if (status === 403 || status === 401)
    return `access refused (${error.name}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and their rights`;
  const network = nameByNetworkCode[error.code ?? ''];
  if (network) return network;
  if (error.name === 'TimeoutError' || error.name === 'AggregateError')
    return `no answer in time (${error.code ?? error.message})`;
  return `${error.name}${status ? ` (${status})` : ''}: ${error.message}`;
}
