import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { videoRungSchema } from '#core/contracts/plan.js';
import { rational, toNumber } from '#core/contracts/rational.js';
import type { UploadSettings } from '#core/contracts/upload-settings.js';
import { type Complexity, sampleCrf } from '#planning/ladder/complexity.js';
import type { LadderInput } from '#planning/ladder/ladder.js';
import { codecLadders } from '#planning/ladder/ladder-presets.js';
import { planLadder } from '#planning/ladder/plan-ladder.js';
import { outputFrameRates } from '#planning/source/output-frame-rate.js';

/** A title with this bitrate at 1080 lines and typical bitrates at other sizes. */
const complexityOf = (bitsPerSecond: number): Complexity => ({
  crf: sampleCrf,
  sizes: [234, 540, 1080].map((height) => ({
    height,
    bitsPerSecond: bitsPerSecond * (height / 1080) ** 1.4,
  })),
});

const settings = (given: Partial<UploadSettings> = {}): UploadSettings => ({
  codecs: ['h264'],
  ladder: 'standard',
  ...given,
});

const input = (given: Partial<LadderInput> = {}): LadderInput => ({
  video: { displayWidth: 1920, displayHeight: 1080, range: 'SDR' },
  frameRate: rational(24),
  settings: settings(),
  complexity: complexityOf(3_000_000),
  ...given,
});

const anyInput: fc.Arbitrary<LadderInput> = fc
  .record({
    w: fc.integer({ min: 8, max: 2048 }),
    h: fc.integer({ min: 8, max: 2048 }),
    range: fc.constantFrom('SDR' as const, 'PQ' as const, 'HLG' as const),
    frameRate: fc.constantFrom(...outputFrameRates),
    ladder: fc.constantFrom('standard' as const, 'archive' as const, 'fast' as const),
    bits: fc.integer({ min: 1, max: 60_000_000 }),
  })
  .map(({ w, h, range, frameRate, ladder, bits }) =>
    input({
      video: { displayWidth: 2 * w, displayHeight: 2 * h, range },
      frameRate,
      settings: settings({ codecs: ['h264', 'hevc', 'av1'], ladder }),
      complexity: complexityOf(bits),
    }),
  );

describe('any title', () => {
  it('gets the same plan every time', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        expect(planLadder(given)).toEqual(planLadder(given));
      }),
    );
  });

  it('has valid, ascending rungs with unique ids that are never upscaled', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const { rungs } = planLadder(given);
        expect(new Set(rungs.map(({ renditionId }) => renditionId)).size).toBe(rungs.length);
        for (const [index, rung] of rungs.entries()) {
          expect(videoRungSchema.safeParse(rung).error).toBeUndefined();
          expect(rung.width).toBeLessThanOrEqual(given.video.displayWidth);
          expect(rung.height).toBeLessThanOrEqual(given.video.displayHeight);
          expect(toNumber(rung.frameRate) * rung.frameStep).toBeCloseTo(toNumber(given.frameRate), 9);
          const below = rungs[index - 1];
          if (below?.codec !== rung.codec) continue;
          expect(rung.capBitsPerSecond).toBeGreaterThan(below.capBitsPerSecond);
          expect(rung.height).toBeGreaterThanOrEqual(below.height);
        }
      }),
    );
  });

  it('starts at 145 kb/s or less and is SDR in H.264', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const h264 = planLadder(given).rungs.filter(({ codec }) => codec === 'h264');
        expect(h264[0]?.capBitsPerSecond).toBeLessThanOrEqual(145_000);
        expect(new Set(h264.map(({ videoRange }) => videoRange))).toEqual(new Set(['SDR']));
      }),
    );
  });

  it('starts with an H.264 rung of at most level 4.1', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const [first] = planLadder(given).rungs;
        expect(Number.parseInt(first?.codecString.slice(-2) ?? '', 16)).toBeLessThanOrEqual(41);
      }),
    );
  });

  it('turns every cap of the table into a rung or a reason for its omission', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const { rungs, omittedRungs } = planLadder(given);
        for (const codec of given.settings.codecs) {
          const count = [...rungs, ...omittedRungs].filter((rung) => rung.codec === codec).length;
          expect(count).toBe(codecLadders[codec].caps.length);
        }
        expect([...rungs, ...omittedRungs].every(({ reason }) => reason.length > 10)).toBe(true);
      }),
    );
  });
});

describe('the complexity of the title', () => {
  const top = (bits: number) => planLadder(input({ complexity: complexityOf(bits) })).rungs.at(-1);

  it('gives a cartoon its full size at few bits', () => {
    const rung = top(700_000);
    expect(rung?.height).toBe(1080);
    expect(rung?.expectedBitsPerSecond).toBeLessThan(2_000_000);
    expect(rung?.capBitsPerSecond).toBeLessThan(2.1 * (rung?.expectedBitsPerSecond ?? 0));
  });

  it('keeps the bits of film grain', () => {
    expect(top(20_000_000)?.capBitsPerSecond).toBe(0.86 * 7_800_000);
  });

  it('gives a cartoon a size at fewer bits than film grain', () => {
    const firstAt = (bits: number) =>
      planLadder(input({ complexity: complexityOf(bits) })).rungs.find(({ height }) => height >= 720)
        ?.capBitsPerSecond ?? Infinity;
    expect(firstAt(600_000)).toBeLessThan(firstAt(20_000_000));
  });

  it('gives black video the first cap, and headroom at full size for scenes that samples missed', () => {
    expect(
      planLadder(input({ complexity: complexityOf(1) })).rungs.map((rung) => rung.capBitsPerSecond),
    ).toEqual([145_000, 1_500_000]);
  });

  it('starts black 1080p60 video below level 4.2 and gives it its full size twice', () => {
    const { rungs } = planLadder(input({ frameRate: rational(60), complexity: complexityOf(1) }));
    expect(rungs.map(({ height, codecString }) => `${height} ${codecString}`)).toEqual([
      '720 avc1.640020',
      '1080 avc1.64002a',
      '1080 avc1.64002a',
    ]);
  });
});

it.each([
  [24, 1080, 1],
  [30, 234, 1],
  [60, 234, 2],
  [50, 540, 2],
  [60, 720, 1],
])('at %i frames per second, a rung of %i lines has the frame step %i', (rate, height, frameStep) => {
  const ladder = [{ height, maxBitsPerSecond: 900_000 }];
  const { rungs } = planLadder(input({ frameRate: rational(rate), settings: settings({ ladder }) }));
  expect(rungs[0]?.frameStep).toBe(frameStep);
});

describe('a custom ladder', () => {
  const ladder = [
    { height: 360, maxBitsPerSecond: 400_000, crf: 20 },
    { height: 720, maxBitsPerSecond: 2_000_000 },
    { height: 720, maxBitsPerSecond: 3_000_000 },
    { height: 2160, maxBitsPerSecond: 9_000_000 },
  ];

  it('is used as requested, but never upscaled', () => {
    const { rungs, omittedRungs } = planLadder(input({ settings: settings({ ladder }) }));
    expect(rungs.map((rung) => [rung.renditionId, rung.width, rung.capBitsPerSecond, rung.crf])).toEqual([
      ['h264-360', 640, 400_000, 20],
      ['h264-720', 1280, 2_000_000, 21.5],
      ['h264-720-2', 1280, 3_000_000, 21.5],
    ]);
    expect(omittedRungs).toEqual([
      {
        codec: 'h264',
        height: 2160,
        capBitsPerSecond: 9_000_000,
        reason: 'the source has 1080 lines, and rungs are never upscaled',
      },
    ]);
  });

  it("has the source's own size if every requested rung is larger", () => {
    const video = { displayWidth: 320, displayHeight: 180, range: 'SDR' as const };
    const { rungs, omittedRungs } = planLadder(input({ video, settings: settings({ ladder }) }));
    expect(rungs.map(({ width, height, capBitsPerSecond }) => [width, height, capBitsPerSecond])).toEqual([
      [320, 180, 400_000],
    ]);
    expect(omittedRungs).toHaveLength(4);
  });

  it("converts a CRF to each codec's scale", () => {
    const { rungs } = planLadder(
      input({ settings: settings({ codecs: ['h264', 'hevc', 'av1'], ladder: ladder.slice(0, 1) }) }),
    );
    expect(rungs.map(({ codec, crf }) => [codec, crf])).toEqual([
      ['h264', 20],
      ['hevc', 22],
      ['av1', 32],
    ]);
  });
});

it('HEVC and AV1 keep HDR and need fewer bits for full size', () => {
  const { rungs } = planLadder(
    input({
      video: { displayWidth: 1920, displayHeight: 1080, range: 'PQ' },
      settings: settings({ codecs: ['h264', 'hevc', 'av1'] }),
    }),
  );
  const topOf = (name: string) => rungs.filter(({ codec }) => codec === name).at(-1);
  expect(['h264', 'hevc', 'av1'].map((name) => topOf(name)?.videoRange)).toEqual(['SDR', 'PQ', 'PQ']);
  expect(topOf('hevc')?.capBitsPerSecond).toBeLessThan(topOf('h264')?.capBitsPerSecond ?? 0);
  expect(topOf('av1')?.capBitsPerSecond).toBeLessThan(topOf('h264')?.capBitsPerSecond ?? 0);
});

it('names the size of portrait video that is too small for a rung, not its lines', () => {
  const video = { displayWidth: 540, displayHeight: 960, range: 'SDR' as const };
  const { omittedRungs } = planLadder(input({ video }));
  expect(omittedRungs.find(({ height }) => height === 2160)?.reason).toBe(
    'the source is 540x960, and rungs are never upscaled',
  );
});

it('omits the rung below if the top one adds only headroom', () => {
  const { rungs, omittedRungs } = planLadder(input({ complexity: complexityOf(1_280_000) }));
  const full = rungs.filter(({ height }) => height === 1080);
  const [last, below] = [full.at(-1), full.at(-2)];
  expect(last?.expectedBitsPerSecond).toBeGreaterThan(1.2 * (below?.expectedBitsPerSecond ?? Infinity));
  expect(omittedRungs.some(({ reason }) => reason.includes('with more headroom'))).toBe(true);
});

describe('a small source', () => {
  const everyCodec = settings({ codecs: ['h264', 'hevc', 'av1'] });
  const rungsOf = (codec: string, displayWidth: number, displayHeight: number) => {
    const video = { displayWidth, displayHeight, range: 'SDR' as const };
    const { rungs, omittedRungs } = planLadder(input({ video, settings: everyCodec }));
    return {
      rungs: rungs.filter((rung) => rung.codec === codec),
      omitted: omittedRungs.filter((rung) => rung.codec === codec),
    };
  };

  it.each([
    ['hevc', 320, 180],
    ['av1', 320, 180],
    ['hevc', 64, 36],
    ['av1', 114, 64],
  ])('has a rung of %s at %ix%i, with the reason', (codec, width, height) => {
    const { rungs } = rungsOf(codec, width, height);
    expect(rungs).toHaveLength(1);
    expect(rungs[0]).toMatchObject({ width, height });
    expect(rungs[0]?.reason).toContain('the table starts at 360 lines');
  });

  it('has no AV1 if a side is too short for the encoder, with the reason', () => {
    const { rungs, omitted } = rungsOf('av1', 1920, 60);
    expect(rungs).toEqual([]);
    expect(new Set(omitted.map(({ reason }) => reason))).toEqual(
      new Set(['1920x60 is too small: the encoder needs sides of at least 64 pixels']),
    );
  });
});
