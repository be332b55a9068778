/** A failure that the user caused or can fix. The message is complete: what happened and what to do. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly options: { exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Explains a failed system call on `path`; undefined for an unusual error code. */
export function explainFileError(error: unknown, path: string): string | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk that holds ${path} is full. Free some space, or name a folder on another disk with --data DIR.`;
    case 'EACCES':
    case 'EPERM':
      return `${path} cannot be written by this user. Change its owner, or name another folder with --data DIR.`;
    case 'EROFS':
      return `${path} is on a read-only file system. Name another folder with --data DIR.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${path} is a file or is inside one. Name a folder with --data DIR.`;
    default:
      return undefined;
  }
}
