import { expect, it } from 'vitest';
import { rational } from '#core/contracts/rational.js';
import { compareFilters } from '#workers/ffmpeg/compare-filters.js';

const video = { displayWidth: 1280, displayHeight: 720 } as Parameters<typeof compareFilters>[0];
const chains = (frameStep: 1 | 2): string[] =>
  compareFilters(video, { frameStep, frameRate: rational(60 / frameStep, 1), videoRange: 'SDR' }).split(';');

it('tags both inputs with the same colour before any filter could convert one', () => {
  const firsts = chains(1).map((chain) => /^\[[01]:v\](setparams=[^,]*colorspace=[^,]*),/.exec(chain)?.[1]);
  expect(firsts[0]).toBeDefined();
  expect(firsts[1]).toBe(firsts[0]);
});

it('judges a half-rate rung on every second frame of the source', () => {
  const [shown, source] = chains(2);
  expect(source).toContain('framestep=2,setpts=N/(30)/TB');
  expect(shown).not.toContain('framestep');
  expect(chains(1)[1]).not.toContain('framestep');
});
