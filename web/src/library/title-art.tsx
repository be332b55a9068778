import type { JSX } from 'preact';
import { drawWaves } from '#web/library/draw-waves.js';

/** A stand-in for a poster: water drawn from the title's id, so a title is known again by sight. */
export function TitleArt({ titleId }: { titleId: string }): JSX.Element {
  const { hue, waves } = drawWaves(titleId, 160, 90);
  return (
    <svg class="art" viewBox="0 0 160 90" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="160" height="90" fill={`hsl(${hue} 42% 15%)`} />
      {waves.map((path, index) => (
        <path key={path} d={path} fill={`hsl(${hue + index * 6} ${46 + index * 3}% ${20 + index * 6}%)`} />
      ))}
    </svg>
  );
}
