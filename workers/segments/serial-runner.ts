/**
 * Runs `work` again and again, never twice at once: a request that comes while it runs makes it run once more. Used to
 * look at ffmpeg's output whenever it reports progress, without piling up looks.
 */
export class SerialRunner {
  private running: Promise<void> | undefined;
  private again = false;
  private failure: { error: unknown } | undefined;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  request(): void {
    if (this.failure) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = this.work()
      .catch((error: unknown) => {
        this.failure = { error };
        this.onFailure(error);
      })
      .finally(() => {
        this.running = undefined;
        if (this.again) {
          this.again = false;
          this.request();
        }
      });
  }

  /** Resolves when nothing runs any more; rejects with the first failure. */
  async settle(): Promise<void> {
    while (this.running) await this.running;
    if (this.failure) throw this.failure.error;
  }
}
