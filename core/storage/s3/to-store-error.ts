import { ObjectStoreError, type ObjectStoreErrorCode } from '#core/storage/object-store.js';
import { describeBucket, type S3Settings } from '#core/storage/s3/s3-settings.js';

/** An error answer of the store, or a network failure, as the AWS client reports it. */
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
  EAI_AGAIN: 'its name could not be resolved: is DNS working?',
  EHOSTUNREACH: 'the host cannot be reached: is the endpoint right?',
};

/** Translates an error of the AWS client; returns any other error unchanged. */
export function toStoreError(error: unknown, key: string, settings: S3Settings): unknown {
  if (error instanceof ObjectStoreError || !isFailure(error)) return error;
  const status = error.$metadata?.httpStatusCode ?? 0;
  const code = codeByName[error.name] ?? codeByStatus[status] ?? 'unavailable';
  const subject = key === '' ? describeBucket(settings) : `object ${key} in ${describeBucket(settings)}`;
  return new ObjectStoreError(code, key, `${subject}: ${explain(error, code, status)}`, { cause: error });
}

/**
 * Whether the store refused a request, so that it has not acted on it and never will. After anything else (no
 * answer, 5xx, a conflict, 404 for an upload that an earlier try has completed) the key must be read to find
 * out.
 */
export function isRefusal(error: unknown): boolean {
  if (!isFailure(error)) return false;
  const status = error.$metadata?.httpStatusCode ?? 0;
  if (error.name === 'NoSuchBucket' || codeByName[error.name] === 'no_space') return true;
  return status >= 400 && status < 500 && ![404, 408, 409, 412, 429].includes(status);
}

/** Whether an object is missing. A missing bucket is a fault of the store instead. */
export function isMissing(error: unknown): boolean {
  return isFailure(error) && codeByName[error.name] === 'not_found';
}

/** Translates an error of writing a downloaded object to the local disk. */
export function toScratchError(error: unknown, key: string, path: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const full = 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return new ObjectStoreError(
    full ? 'no_space' : 'unavailable',
    key,
    full
      ? `object ${key}: no space left for a copy at ${path}: free some, or use a larger scratch disk`
      : `object ${key}: cannot keep a copy at ${path}: ${error.message}`,
    { cause: error },
  );
}

/** Of the AWS client, and of a call that was given up. */
const timeoutNames: ReadonlySet<string> = new Set(['TimeoutError', 'DeadlineError']);

function isFailure(error: unknown): error is S3Failure {
  if (!(error instanceof Error)) return false;
  return '$metadata' in error || 'code' in error || timeoutNames.has(error.name) || hasNoCredentials(error);
}

/** The service that hands out credentials (of a machine's role) did not answer, or there is none. */
const hasNoCredentials = ({ name }: Pick<Error, 'name'>): boolean => name.endsWith('ProviderError');

function explain(error: S3Failure, code: ObjectStoreErrorCode, status: number): string {
  if (code === 'not_found') return 'not found';
  if (code === 'no_space') return `the store is full (${error.name}): free or add space there`;
  if (error.name === 'NoSuchBucket') return 'the bucket does not exist: prepare it first';
  if (error.name === 'RequestTimeTooSkewed')
    return 'refused because the clocks differ: set this machine’s time';
  if (status === 403 || status === 401)
    return `access refused (${error.name}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and their rights`;
  if (hasNoCredentials(error)) return `no credentials available (${error.name}): ${error.message}`;
  const network = nameByNetworkCode[error.code ?? ''];
  if (network) return network;
  if (timeoutNames.has(error.name) || error.name === 'AggregateError')
    return `no answer in time (${error.code ?? error.message})`;
  return `${error.name}${status ? ` (${status})` : ''}: ${error.message}`;
}
