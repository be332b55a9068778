/** Scores an edge for one key. The highest score comes first. */
export type RendezvousScore = (edgeId: string, capacity: number) => number;

/**
 * Weighted rendezvous hashing (Schindelhauer and Schomaker 2005). Each edge comes first for a share of the
 * titles proportional to its capacity; losing an edge moves only the titles it came first for. The score is
 * `-capacity / ln(h)` with `h` uniform in (0, 1).
 */
export function scoreByRendezvous(key: string): RendezvousScore {
  const keyHigh = hashText(key, 0x85ebca6b);
  const keyLow = hashText(key, 0xc2b2ae35);
  return (edgeId, capacity) => {
    const edge = hashText(edgeId, 0x9e3779b9);
    const high = mix(keyHigh ^ edge);
    const low = mix(Math.imul(keyLow, 31) + edge + high);
    // 52 well-mixed bits, never 0 or 1, so the logarithm is finite and negative.
    const uniform = ((high >>> 6) * 0x4000000 + (low >>> 6) + 0.5) / 2 ** 52;
    return -capacity / Math.log(uniform);
  };
}

/** FNV-1a over UTF-16 code units; ids are ASCII. */
function hashText(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** MurmurHash3's 32-bit finaliser. FNV alone gives similar ids similar hashes. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
