interface Work<Result> {
  result: Promise<Result>;
  callers: number;
  abandoned: AbortController;
}

/**
 * Runs one piece of work per key for all concurrent callers; it is abandoned when the last of them has left.
 */
export class SharedWork<Result> {
  private readonly running = new Map<string, Work<Result>>();

  get size(): number {
    return this.running.size;
  }

  has(key: string): boolean {
    return this.running.has(key);
  }

  async run(
    key: string,
    start: (abandoned: AbortSignal) => Promise<Result>,
    caller: AbortSignal,
  ): Promise<Result> {
    const work = this.running.get(key) ?? this.begin(key, start);
    work.callers += 1;
    const leave = (): void => {
      work.callers -= 1;
      if (work.callers > 0) return;
      work.abandoned.abort();
      if (this.running.get(key) === work) this.running.delete(key);
    };
    if (caller.aborted) leave();
    else caller.addEventListener('abort', leave, { once: true });
    try {
      return await work.result;
    } finally {
      caller.removeEventListener('abort', leave);
    }
  }

  private begin(key: string, start: (abandoned: AbortSignal) => Promise<Result>): Work<Result> {
    const abandoned = new AbortController();
    const result = start(abandoned.signal).finally(() => {
      if (this.running.get(key) === work) this.running.delete(key);
    });
    const work: Work<Result> = { result, callers: 0, abandoned };
    this.running.set(key, work);
    return work;
  }
}
