interface Work<Result> {
  result: Promise<Result>;
  callers: number;
  abandoned: AbortController;
}

/** One piece of work for all who ask for the same key at a time; abandoned when the last of them has left. */
export class SharedWork<Result> {
  private readonly underWay = new Map<string, Work<Result>>();

  get size(): number {
    return this.underWay.size;
  }

  has(key: string): boolean {
    return this.underWay.has(key);
  }

  async run(
    key: string,
    start: (abandoned: AbortSignal) => Promise<Result>,
    caller: AbortSignal,
  ): Promise<Result> {
    const work = this.underWay.get(key) ?? this.begin(key, start);
    work.callers += 1;
    const leave = (): void => {
      work.callers -= 1;
      if (work.callers > 0) return;
      work.abandoned.abort();
      if (this.underWay.get(key) === work) this.underWay.delete(key);
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
      if (this.underWay.get(key) === work) this.underWay.delete(key);
    });
    const work: Work<Result> = { result, callers: 0, abandoned };
    this.underWay.set(key, work);
    return work;
  }
}
