export interface Orientation {
  /** Clockwise. */
  rotationDegrees: 0 | 90 | 180 | 270;
  /** Left to right, after the rotation. */
  mirrored: boolean;
}

/**
 * Reads a display matrix as ffprobe prints it (ISO/IEC 14496-12 8.3.2; rows `a b u`, `c d v`, `x y w`).
 * Angles are rounded to the nearest quarter turn, which at most exchanges width and height.
 */
export function readDisplayMatrix(text: string | undefined): Orientation {
  const numbers = [...(text ?? '').matchAll(/:\s*(-?\d+)\s+(-?\d+)\s+(-?\d+)/g)].map((row) =>
    row.slice(1, 4).map(Number),
  );
  const [a = 65536, b = 0] = numbers[0] ?? [];
  const [c = 0, d = 65536] = numbers[1] ?? [];
  const mirrored = a * d - b * c < 0;
  const turn = Math.round((Math.atan2(b, a) * 180) / Math.PI / 90) * 90;
  // The first row is where the right-hand side of the video goes; a mirror reverses it.
  const degrees = mirrored ? 180 - turn : turn;
  return { rotationDegrees: (((degrees % 360) + 360) % 360) as Orientation['rotationDegrees'], mirrored };
}
