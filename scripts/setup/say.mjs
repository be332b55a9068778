/**
 * Prints to standard error, because standard output belongs to the command, which may write JSON lines.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`millrace: ${text}\n`);
}

/** An expected failure: its message is the whole explanation and is printed without a stack. */
export class SetupError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}
