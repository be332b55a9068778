/**
 * System errors of a file system or a network that is away, full or read-only. `EACCES` and `EPERM` too: a
 * volume that is mounted wrongly answers with them until somebody mends it.
 */
const outageCodes: ReadonlySet<string> = new Set([
  ...['EROFS', 'EIO', 'ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'],
  ...['ESTALE', 'ENODEV', 'ENXIO', 'ENOTCONN', 'EBUSY', 'ETIMEDOUT'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
]);

/** Error codes (the first word of the reply) of a Redis that runs but cannot take commands now. */
const redisOutageCodes: ReadonlySet<string> = new Set([
  ...['OOM', 'MISCONF', 'LOADING', 'BUSY', 'READONLY', 'NOREPLICAS', 'CLUSTERDOWN', 'MASTERDOWN', 'TRYAGAIN'],
]);

/** Messages of ioredis's own errors, which have neither a class nor a code. */
const redisClientMessages: ReadonlySet<string> = new Set([
  'Command timed out',
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
]);

/** What an error class of ours declares if some of its errors are outages. */
export interface MayBeOutage {
  /** True if a back end or a disk is at fault, so that the same work may succeed once that is back. */
  readonly isOutage: boolean;
}

interface ErrorFields extends Partial<MayBeOutage> {
  code?: unknown;
  syscall?: unknown;
  cause?: unknown;
  errors?: unknown;
}

const maxDepth = 8;

/**
 * Whether an error, or any of its causes, says that storage, Redis or a local disk is away, full or
 * read-only. Such an error says nothing about the work that met it: the work waits for the back end, however
 * long, and uses up no attempt.
 */
export function isOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > maxDepth) return false;
  const { isOutage: declared, cause, errors } = error as ErrorFields;
  if (declared ?? isForeignOutage(error)) return true;
  return [cause, ...(Array.isArray(errors) ? errors : [])].some((inner) => isOutage(inner, depth + 1));
}

/** Whether an error of the Redis client says that Redis is away, hangs, or cannot take commands now. */
export function isRedisOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  if (name === 'ReplyError') return redisOutageCodes.has(message.split(' ', 1)[0] ?? '');
  return name === 'MaxRetriesPerRequestError' || redisClientMessages.has(message);
}

function isForeignOutage(error: ErrorFields): boolean {
  if (isRedisOutage(error)) return true;
  const { code, syscall } = error;
  return typeof code === 'string' && syscall !== undefined && outageCodes.has(code);
}
