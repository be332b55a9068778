/** Set-up talks on standard error: standard output belongs to the command, which may be writing JSON lines. */

/** @param {string} text */
export function say(text) {
  process.stderr.write(`millrace: ${text}\n`);
}

/** An expected stop: its message is the whole explanation, printed without a stack. */
export class SetupError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}
