import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { scoreByRendezvous } from '#delivery/choose/score-by-rendezvous.js';

type Fleet = readonly { edgeId: string; capacity: number }[];

function ownerOf(fleet: Fleet, title: string): string | undefined {
  const scored = fleet.map(({ edgeId, capacity }) => ({
    edgeId,
    score: scoreByRendezvous(title)(edgeId, capacity),
  }));
  return scored.sort((a, b) => b.score - a.score)[0]?.edgeId;
}

const fleetOf = (sizes: readonly number[]): Fleet =>
  sizes.map((capacity, index) => ({ edgeId: `edge-${index + 1}`, capacity }));

it('moves only the titles of a lost edge', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 2, maxLength: 12 }),
      fc.nat(),
      fc.uuid({ version: 7 }),
      (sizes, lostIndex, title) => {
        const fleet = fleetOf(sizes);
        const lost = fleet[lostIndex % fleet.length];
        const before = ownerOf(fleet, title);
        const after = ownerOf(
          fleet.filter((edge) => edge !== lost),
          title,
        );
        if (before !== lost?.edgeId) expect(after).toBe(before);
      },
    ),
  );
});

it('gives every edge a share of the titles proportional to its capacity', () => {
  const fleet = fleetOf([1, 1, 1, 1, 2, 4]);
  const titles = 20_000;
  const counts = new Map<string, number>();
  for (let index = 0; index < titles; index += 1) {
    const owner = ownerOf(fleet, `0190a5b0-0000-7000-8000-${index.toString(16).padStart(12, '0')}`) ?? '';
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  for (const { edgeId, capacity } of fleet) {
    const expected = (titles * capacity) / 10;
    // Four standard deviations of a binomial count: exceeded by chance once in 16,000.
    const tolerance = 4 * Math.sqrt(expected * (1 - capacity / 10));
    expect(Math.abs((counts.get(edgeId) ?? 0) - expected)).toBeLessThan(tolerance);
  }
});
