import type { Redis } from 'ioredis';
import type { PublicationId } from '#core/contracts/ids.js';
import type { Plan } from '#core/contracts/plan.js';
import { defaultEncodeSpeeds, readEncodeSpeeds } from '#core/queue/encode-speeds.js';
import { BoundedMap } from '#core/runtime/bounded-map.js';
import { StoredSegments } from '#core/titles/stored-segments.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { Readiness } from '#delivery/choose/judge-readiness.js';

const maxPublications = 500;
const freshMs = 1_000;
/** A decision waits no longer for Redis; the read goes on and is used by the next one. */
const maxWaitMs = 100;

interface Entry {
  readiness: Readiness;
  /** Set by failures too: a Redis that is down is asked once per `freshMs`. */
  readAtMs: number;
  reading: Promise<void> | undefined;
}

/**
 * Reads how ready playable titles are through a bounded cache. While Redis is down it answers what was last
 * known: for an unknown publication the default speeds and nothing stored.
 */
export class ReadinessReader {
  private readonly entries = new BoundedMap<PublicationId, Entry>(maxPublications);

  constructor(
    private readonly redis: Redis,
    private readonly progress: Pick<TitleProgress, 'readStored'>,
    private readonly nowMs: () => number,
  ) {}

  /** Never rejects. The answer is at most about a second old. */
  async read(plan: Plan): Promise<Readiness> {
    const entry = this.entryOf(plan);
    if (this.nowMs() - entry.readAtMs >= freshMs) {
      entry.reading ??= this.refresh(entry, plan);
      await settledWithin(entry.reading, maxWaitMs);
    }
    return entry.readiness;
  }

  private entryOf(plan: Plan): Entry {
    const known = this.entries.get(plan.publicationId);
    if (known) return known;
    const readiness = { speeds: defaultEncodeSpeeds, stored: new StoredSegments(plan) };
    const entry: Entry = { readiness, readAtMs: Number.NEGATIVE_INFINITY, reading: undefined };
    this.entries.set(plan.publicationId, entry);
    return entry;
  }

  private async refresh(entry: Entry, plan: Plan): Promise<void> {
    try {
      const [speeds, stored] = await Promise.all([
        readEncodeSpeeds(this.redis),
        this.progress.readStored(plan),
      ]);
      entry.readiness = { speeds, stored };
    } catch {
      // Keeps what was last known.
    } finally {
      entry.readAtMs = this.nowMs();
      entry.reading = undefined;
    }
  }
}

/** Resolves with `work`, which must not reject, or after `waitMs`. */
async function settledWithin(work: Promise<void>, waitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
