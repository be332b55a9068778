export interface Orientation {
  /** Clockwise. */
  rotationDegrees: 0 | 90 | 180 | 270;
  /** Left to right, after the turn. */
  mirrored: boolean;
}

/**
 * Reads ffprobe's printout of a display matrix (ISO/IEC 14496-12 8.3.2; rows `a b u`, `c d v`, `x y w`). Angles that are no
 * quarter turn count as the nearest one, which is what the width and height of the upright picture need.
 */
export function readDisplayMatrix(text: string | undefined): Orientation {
  const numbers = [...(text ?? '').matchAll(/:\s*(-?\d+)\s+(-?\d+)\s+(-?\d+)/g)].map((row) =>
    row.slice(1, 4).map(Number),
  );
  const [a = 65536, b = 0] = numbers[0] ?? [];
  const [c = 0, d = 65536] = numbers[1] ?? [];
  const mirrored = a * d - b * c < 0;
  const turn = Math.round((Math.atan2(b, a) * 180) / Math.PI / 90) * 90;
  // The matrix' first column says where the picture's right-hand side goes, which a mirror turns round.
  const degrees = mirrored ? 180 - turn : turn;
  return { rotationDegrees: (((degrees % 360) + 360) % 360) as Orientation['rotationDegrees'], mirrored };
}
