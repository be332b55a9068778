import { ObjectStoreError } from '#core/storage/object-store.js';

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Translates a file system error; returns any other error unchanged. `root` is the store's folder. */
export function toStoreError(error: unknown, key: string, root: string): unknown {
  if (error instanceof ObjectStoreError) return error;
  const code = errorCode(error);
  if (code === undefined || !(error as NodeJS.ErrnoException).syscall) return error;
  const options = { cause: error };
  // Without a key the error is about the store's own folder: it is a file, or cannot be made.
  switch (key === '' && code !== 'ENOSPC' && code !== 'EDQUOT' ? '' : code) {
    case 'ENOENT':
      return new ObjectStoreError('not_found', key, `object ${key}: not found`, options);
    case 'ENOSPC':
    case 'EDQUOT':
      return new ObjectStoreError(
        'no_space',
        key,
        `${subjectOf(key, root)}: no space left (${code}): free some, or move the store to a larger disk`,
        options,
      );
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ELOOP':
      return new ObjectStoreError(
        'invalid_key',
        key,
        `${subjectOf(key, root)}: its path crosses another object or a symbolic link (${code})`,
        options,
      );
    default:
      return new ObjectStoreError('unavailable', key, explain(code, key, root, error), options);
  }
}

function subjectOf(key: string, root: string): string {
  return key === '' ? `store ${root}` : `object ${key} under ${root}`;
}

function explain(code: string, key: string, root: string, error: unknown): string {
  const subject = subjectOf(key, root);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `${subject}: not allowed (${code}): give this user read and write access to the folder`;
  if (code === 'EMFILE' || code === 'ENFILE')
    return `${subject}: too many open files (${code}): raise the limit (ulimit -n)`;
  if (key === '' && (code === 'EEXIST' || code === 'ENOTDIR'))
    return `${subject}: not a folder (${code}): name a folder, or a path where one can be made`;
  return `${subject}: ${error instanceof Error ? error.message : String(error)}`;
}
