import { expect, it } from 'vitest';
import { planSchema } from '#core/contracts/plan.js';
import { samplePublication } from '#fixtures/sample-publication.js';

const { plan: samplePlan } = samplePublication();

it('reads plans of version 1, which names two fields differently', () => {
  const [rendition] = samplePlan.audio;
  if (!rendition) throw new RangeError('the sample plan has no audio');
  const channelTracks = [
    { streamIndex: 1, channel: 'FL' },
    { streamIndex: 2, channel: 'FR' },
  ];
  const current = { ...samplePlan, audio: [rendition, { ...rendition, channelTracks }] };
  const { video, ...others } = current;
  const stored = {
    ...others,
    schemaVersion: 1,
    picture: video,
    audio: [
      rendition,
      {
        ...rendition,
        channelTracks: channelTracks.map(({ streamIndex, channel }) => ({ streamIndex, place: channel })),
      },
    ],
  };
  expect(planSchema.parse(JSON.parse(JSON.stringify(stored)))).toEqual(planSchema.parse(current));
});

it('refuses plans of an unknown version', () => {
  expect(() => planSchema.parse({ ...samplePlan, schemaVersion: 3 })).toThrow(/schemaVersion/);
});
