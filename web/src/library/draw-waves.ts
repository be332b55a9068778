const waveCount = 5;

/** Draws closed wave shapes, back to front, and a hue. The same id always gives the same result. */
export function drawWaves(id: string, width: number, height: number): { hue: number; waves: string[] } {
  const random = seededRandom(id);
  // Greens and blues, sometimes violet; never red or amber, which mean trouble on these pages.
  const hue = 150 + Math.floor(random() * 110);
  const waves = Array.from({ length: waveCount }, (_, index) => {
    const level = height * (0.28 + 0.15 * index + 0.06 * random());
    const swell = height * (0.04 + 0.1 * random());
    return wave(width, height, { level, swell, phase: random() * Math.PI * 2, crests: 0.8 + random() * 1.4 });
  });
  return { hue, waves };
}

function wave(
  width: number,
  height: number,
  shape: { level: number; swell: number; phase: number; crests: number },
): string {
  const steps = 24;
  const points = Array.from({ length: steps + 1 }, (_, step) => {
    const share = step / steps;
    const y = shape.level + shape.swell * Math.sin(shape.phase + share * shape.crests * Math.PI * 2);
    return `${(share * width).toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M0 ${height}L${points.join('L')}L${width} ${height}Z`;
}

/** Seeds mulberry32 with an FNV-1a hash: small, and random enough for drawing. */
function seededRandom(text: string): () => number {
  let seed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    seed = Math.imul(seed ^ text.charCodeAt(index), 0x01000193);
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
