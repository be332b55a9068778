import type { Writable } from 'node:stream';

/** What commands use of the outside world, passed down from `main.ts`. */
export interface CliContext {
  environment: NodeJS.ProcessEnv;
  /** The folder that holds `dist/` and `package.json`. */
  installDirectory: string;
  /**
   * Parent of the default `.millrace` folder: the clone, or the current folder when run from an installed
   * package.
   */
  homeDirectory: string;
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
}

/** Options that every command accepts. */
export interface CommonOptions {
  json?: boolean;
  data?: string;
}

/** A command's action sets the exit code here. */
export interface Outcome {
  exitCode: number;
}
