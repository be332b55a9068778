/**
 * Weighted rendezvous hashing: every title ranks all edges, an edge is first with probability by its capacity, and
 * losing an edge moves only the titles it was first for. `-capacity / ln(h)`, h uniform in (0, 1), is the score
 * (Schindelhauer and Schomaker 2005); the highest comes first.
 */
export function rendezvousScore(edgeId: string, key: string, capacity: number): number {
  return -capacity / Math.log(uniformHash(edgeId, key));
}

/** A value in (0, 1), never either end, from two texts: 52 well-mixed bits. */
function uniformHash(edgeId: string, key: string): number {
  const edge = hashText(edgeId, 0x9e3779b9);
  const high = mix(hashText(key, 0x85ebca6b) ^ edge);
  const low = mix(Math.imul(hashText(key, 0xc2b2ae35), 31) + edge + high);
  return ((high >>> 6) * 0x4000000 + (low >>> 6) + 0.5) / 2 ** 52;
}

/** FNV-1a over UTF-16 code units: ids are ASCII. */
function hashText(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** MurmurHash3's 32-bit finaliser: FNV alone leaves neighbouring ids with neighbouring hashes. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
