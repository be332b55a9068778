/**
 * Runs `work` on request, one run at a time. Requests during a run cause one more run after it. Reads
 * ffmpeg's output on every progress report without queueing a read for each.
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

  /** Resolves once no run is left; rejects with the first failure. */
  async settle(): Promise<void> {
    while (this.running) await this.running;
    if (this.failure) throw this.failure.error;
  }
}
