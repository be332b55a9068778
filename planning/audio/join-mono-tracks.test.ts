import { expect, it } from 'vitest';
import { joinMonoTracks } from '#planning/audio/join-mono-tracks.js';
import { probedStreamSchema } from '#planning/source/probe-report.js';

const mono = { codec_name: 'pcm_s24le', channels: 1, channel_layout: 'mono', sample_rate: '48000' };
const at = (channel: string): object => ({ ...mono, channel_layout: `1 channels (${channel})` });
const german = { ...mono, tags: { language: 'ger' } };

it.each<[string, object[], string[]]>([
  ['a stereo track to nothing', [{ ...mono, channels: 2 }], ['0']],
  ['a single mono track to nothing', [mono], ['0']],
  ['two mono tracks to left and right', [mono, mono], ['0 FL 1 FR']],
  ['five to two pairs and one', [mono, mono, mono, mono, mono], ['0 FL 1 FR', '2 FL 3 FR', '4']],
  ['mono tracks around a stereo one to nothing', [mono, { ...mono, channels: 2 }, mono], ['0', '1', '2']],
  ['languages apart', [mono, german, german], ['0', '1 FL 2 FR']],
  [
    'compressed tracks to nothing',
    [
      { ...mono, codec_name: 'aac' },
      { ...mono, codec_name: 'aac' },
    ],
    ['0', '1'],
  ],
  [
    'two of which only one is enabled, as ffmpeg writes them',
    [{ ...mono, disposition: { default: 1 } }, mono],
    ['0 FL 1 FR'],
  ],
  [
    'surround by its declared channels, and the stereo mix after it',
    [at('FL'), at('FR'), mono, at('LFE'), at('BL'), at('BR'), at('FL'), at('FR')],
    ['0 FL 1 FR 2 FC 3 LFE 4 BL 5 BR', '6 FL 7 FR'],
  ],
  ['a pair with the right channel first', [at('FR'), at('FL')], ['0 FR 1 FL']],
  ['channels without left and right to nothing', [at('LFE'), mono], ['0', '1']],
])('joins %s', (_what, streams, expected) => {
  const probed = streams.map((stream, index) => probedStreamSchema.parse({ index, ...stream }));
  const joined = joinMonoTracks(probed).map(({ stream, channelTracks }) =>
    channelTracks
      ? channelTracks.map(({ streamIndex, channel }) => `${streamIndex} ${channel}`).join(' ')
      : String(stream.index),
  );
  expect(joined).toEqual(expected);
});
