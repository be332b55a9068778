/** After this, an assignment is in the edge's own count or its player never came. */
const windowSeconds = 60;

/** One slot per second, at index `second % windowSeconds`. */
interface Ring {
  counts: Uint32Array;
  /** The Unix second that each slot counts. */
  seconds: Float64Array;
}

/** Counts delivery's own assignments by edge and second, so that consecutive choices know of each other. */
export class AssignmentCounter {
  private readonly rings = new Map<string, Ring>();

  add(edgeId: string, nowMs: number): void {
    let ring = this.rings.get(edgeId);
    if (!ring) {
      ring = { counts: new Uint32Array(windowSeconds), seconds: new Float64Array(windowSeconds) };
      this.rings.set(edgeId, ring);
    }
    const second = Math.floor(nowMs / 1_000);
    const slot = second % windowSeconds;
    if (ring.seconds[slot] !== second) {
      ring.seconds[slot] = second;
      ring.counts[slot] = 0;
    }
    ring.counts[slot] = (ring.counts[slot] ?? 0) + 1;
  }

  /** Returns the assignments to `edgeId` since the second of `sinceMs`, within the last minute. */
  countSince(edgeId: string, sinceMs: number, nowMs: number): number {
    const ring = this.rings.get(edgeId);
    if (!ring) return 0;
    const nowSecond = Math.floor(nowMs / 1_000);
    const first = Math.max(Math.floor(sinceMs / 1_000), nowSecond - windowSeconds + 1);
    let total = 0;
    for (let slot = 0; slot < windowSeconds; slot += 1) {
      if ((ring.seconds[slot] ?? 0) >= first) total += ring.counts[slot] ?? 0;
    }
    return total;
  }

  forget(edgeId: string): void {
    this.rings.delete(edgeId);
  }
}
