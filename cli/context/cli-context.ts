import type { Writable } from 'node:stream';

/** Everything outside that commands touch, handed down from `main.ts`. */
export interface CliContext {
  environment: NodeJS.ProcessEnv;
  /** The folder that holds `dist/` and `package.json`. */
  installDirectory: string;
  /** Where `.millrace` lies unless `--data` says otherwise: the clone, or the current folder of an installed package. */
  homeDirectory: string;
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
}

/** Options that every command takes. */
export interface CommonOptions {
  json?: boolean;
  data?: string;
}

/** What a command's action is given to say how it ended. */
export interface Outcome {
  exitCode: number;
}
