/**
 * A wait that other code can end early. A wake while nobody waits ends the next wait at once: none is lost.
 */
export class WakeableWait {
  private readonly waiting = new Set<() => void>();
  private isAwake = false;

  /** Ends every running wait, or else the next one. */
  wake(): void {
    if (this.waiting.size === 0) this.isAwake = true;
    for (const end of [...this.waiting]) end();
  }

  /** Resolves at a wake, after `timeoutMs` or when `signal` aborts; callers check which. */
  async wait({ timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) return;
    if (this.isAwake) {
      this.isAwake = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        this.waiting.delete(end);
        resolve();
      };
      const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
      signal?.addEventListener('abort', end, { once: true });
      this.waiting.add(end);
    });
  }
}
