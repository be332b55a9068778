/** The bytes are not the MP4 that they claim to be, or are truncated. */
export class IsobmffError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'IsobmffError';
  }
}
