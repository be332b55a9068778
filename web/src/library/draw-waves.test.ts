import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawWaves } from '#web/library/draw-waves.js';

describe('drawWaves', () => {
  it('draws the same for the same title and something else for the next one', () => {
    const one = drawWaves('0193a1b2-c3d4-7e5f-8a6b-000000000001', 160, 90);
    expect(drawWaves('0193a1b2-c3d4-7e5f-8a6b-000000000001', 160, 90)).toEqual(one);
    expect(drawWaves('0193a1b2-c3d4-7e5f-8a6b-000000000002', 160, 90)).not.toEqual(one);
  });

  it('draws closed paths of finite numbers in a calm hue for any id', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const { hue, waves } = drawWaves(id, 160, 90);
        expect(hue).toBeGreaterThanOrEqual(150);
        expect(hue).toBeLessThan(260);
        for (const path of waves) expect(path).toMatch(/^M0 90(L[\d.]+ -?[\d.]+)+L160 90Z$/);
      }),
    );
  });
});
