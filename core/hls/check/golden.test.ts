import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkStoredPublication } from '#core/hls/check/check-stored-publication.js';
import type { Finding } from '#core/hls/check/rules/finding.js';
import { ruleCatalogue } from '#core/hls/check/rules/rule-catalogue.js';
import { writePublicationMultivariant } from '#core/hls/publication/write-publication-multivariant.js';
import { clearIdr, editAll, editText } from '#fixtures/hls/damage.js';
import { goldenDefects } from '#fixtures/hls/defects/golden-defects.js';
import { copyOf, type HlsPublication, makeHlsPublication } from '#fixtures/hls/hls-publication.js';
import { addSubtitles } from '#fixtures/hls/subtitles.js';

let good: HlsPublication;
beforeAll(async () => {
  good = await makeHlsPublication();
});

async function findingsOf({ files }: HlsPublication): Promise<readonly Finding[]> {
  const report = await checkStoredPublication(
    { read: async (path) => files.get(path), sizeOf: (path) => files.get(path)?.length },
    { maxSegmentsPerRendition: Number.POSITIVE_INFINITY },
  );
  return report.findings;
}

const multivariant = 'multivariant.m3u8';

describe('checkStoredPublication', () => {
  it('finds nothing in a publication of our own', async () => {
    expect(await findingsOf(good)).toEqual([]);
  });

  it.each(goldenDefects)('$rule: finds that $name', async ({ rule, damage, says }) => {
    const damaged = copyOf(good);
    damage(damaged);
    const found = (await findingsOf(damaged)).filter((finding) => finding.rule === rule);
    expect(found.map(({ message }) => message).join('\n')).toMatch(says);
    expect(new Set(found.map(({ severity }) => severity))).toEqual(new Set([ruleCatalogue[rule].severity]));
  });

  it('has a bad example for every rule, except those about servers', () => {
    const withExample = new Set<string>(goldenDefects.map(({ rule }) => rule));
    const without = Object.keys(ruleCatalogue).filter((rule) => !withExample.has(rule));
    expect(without).toEqual(['8.1', '8.2', '8.3', '8.4', '9.3']);
  });
});

/** Publications that come close to breaking a rule but do not. */
const innocent: { rules: string[]; name: string; change: (publication: HlsPublication) => void }[] = [
  {
    rules: ['2.2'],
    name: 'CODECS that include the subtitles',
    change: (publication) => editAll(publication, multivariant, /mp4a.40.2"/g, 'mp4a.40.2,wvtt"'),
  },
  {
    rules: ['2.8', '3.9'],
    name: 'HDR and SDR variants, all declared',
    change: (publication) => {
      editText(publication, multivariant, 'FRAME-RATE', 'VIDEO-RANGE=PQ,FRAME-RATE');
      editText(publication, multivariant, /(160x90.*,)FRAME-RATE/, '$1VIDEO-RANGE=SDR,FRAME-RATE');
    },
  },
  {
    rules: ['2.10'],
    name: 'SCORE on all variants',
    change: (publication) => editAll(publication, multivariant, /FRAME-RATE/g, 'SCORE=1.000,FRAME-RATE'),
  },
  {
    rules: ['2.11'],
    name: 'the first variant just below 2000 kb/s, the next one just above',
    change: (publication) => {
      editText(publication, multivariant, /:BANDWIDTH=\d+/, ':BANDWIDTH=1400000');
      editText(publication, multivariant, /:BANDWIDTH=[2-9]\d+/, ':BANDWIDTH=2100000');
    },
  },
  {
    rules: ['2.11'],
    name: 'a variant closer to 2000 kb/s with a different audio group',
    change: (publication) =>
      editText(
        publication,
        multivariant,
        /#EXT-X-I-FRAME/,
        '#EXT-X-STREAM-INF:BANDWIDTH=1900000,CODECS="avc1.64001e,ac-3",AUDIO="surround"\nv/x.m3u8\n' +
          '#EXT-X-I-FRAME',
      ),
  },
  {
    rules: ['3.1', '3.2'],
    name: 'H.264 at level 5.2 beside one at 4.1',
    change: (publication) => {
      editText(publication, multivariant, 'avc1.64001e', 'avc1.640034');
      editText(publication, multivariant, 'avc1.64001e', 'avc1.640029');
    },
  },
  {
    rules: ['3.3'],
    name: 'HEVC Main 10 at level 5.1, High tier',
    change: (publication) => editText(publication, multivariant, 'avc1.64001e', 'hvc1.2.4.H153.90'),
  },
  {
    rules: ['3.4'],
    name: '60 frames per second',
    change: (publication) => editText(publication, multivariant, '23.976', '60.000'),
  },
  {
    rules: ['3.6'],
    name: 'a width rounded to an even number',
    change: (publication) => editText(publication, multivariant, '160x90', '158x90'),
  },
  {
    rules: ['3.8'],
    name: 'two bitrates at 1080p',
    change: (publication) => editAll(publication, multivariant, /RESOLUTION=\w+/g, 'RESOLUTION=1920x1080'),
  },
  {
    rules: ['5.1', '5.2', '5.3', '5.4', '1.6', '1.9', '7.2'],
    name: 'correct subtitles',
    change: (publication) => addSubtitles(publication, { name: 'English' }),
  },
  {
    rules: ['9.2'],
    name: 'subtitles in SubRip, which are complete although not allowed',
    change: (publication) => {
      addSubtitles(publication, {});
      publication.files.set('s/en/00000.vtt', Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nHello\n'));
    },
  },
  {
    rules: ['5.3'],
    name: 'forced subtitles marked as such',
    change: (publication) => addSubtitles(publication, { name: 'English (forced)', marks: 'FORCED=YES,' }),
  },
  {
    rules: ['5.3', '5.5'],
    name: 'subtitles for the deaf marked as such',
    change: (publication) =>
      addSubtitles(publication, {
        name: 'English SDH',
        marks:
          'CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,' +
          'public.accessibility.describes-music-and-sound",',
      }),
  },
  {
    rules: ['4.1'],
    name: 'stereo AAC without CODECS',
    change: (publication) => editAll(publication, multivariant, /CODECS="[^"]+",/g, ''),
  },
  {
    rules: ['4.1'],
    name: 'stereo AAC beside a variant with surround audio only',
    change: (publication) => {
      const surround =
        '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.64001e,ec-3",AUDIO="surround"\nv/surround.m3u8\n';
      publication.files.set(
        multivariant,
        Buffer.from(String(publication.files.get(multivariant)) + surround),
      );
    },
  },
  {
    rules: ['7.2'],
    name: 'EXT-X-INDEPENDENT-SEGMENTS in the multivariant playlist only',
    change: (publication) => editAll(publication, 'media.m3u8', '#EXT-X-INDEPENDENT-SEGMENTS\n', ''),
  },
  {
    rules: ['7.2'],
    name: 'a segment that does not start with an IDR picture, without EXT-X-INDEPENDENT-SEGMENTS',
    change: (publication) => {
      clearIdr(publication, 'v/h264-90/00001.m4s');
      editAll(publication, multivariant, '#EXT-X-INDEPENDENT-SEGMENTS\n', '');
      editText(publication, 'v/h264-90/media.m3u8', '#EXT-X-INDEPENDENT-SEGMENTS\n', '');
    },
  },
  {
    rules: ['7.3'],
    name: 'an event that has ended',
    change: (publication) => editAll(publication, 'media.m3u8', 'TYPE:VOD', 'TYPE:EVENT'),
  },
  {
    rules: ['7.3'],
    name: 'a live playlist that has ended and dropped its first segments',
    change: (publication) => {
      editAll(publication, 'media.m3u8', '#EXT-X-PLAYLIST-TYPE:VOD\n', '');
      editAll(publication, 'media.m3u8', 'SEQUENCE:0', 'SEQUENCE:7');
    },
  },
  {
    rules: ['1.4'],
    name: 'an EXTINF too short by less than a frame, and the next one too long by as much',
    change: (publication) => {
      editText(publication, 'v/h264-90/media.m3u8', 'EXTINF:6.006000', 'EXTINF:5.981000');
      editText(publication, 'v/h264-90/media.m3u8', 'EXTINF:6.006000', 'EXTINF:6.031000');
    },
  },
  {
    rules: ['2.5', '2.6', '6.1'],
    name: 'a title that is marked as still being encoded',
    change: ({ plan, files }) => {
      files.set(multivariant, Buffer.from(writePublicationMultivariant(plan, undefined)));
    },
  },
  {
    rules: ['7.5'],
    name: 'version 6 with EXT-X-MAP',
    change: (publication) => editAll(publication, 'media.m3u8', 'VERSION:7', 'VERSION:6'),
  },
];

describe('checkStoredPublication on near misses', () => {
  it.each(innocent)('does not report $rules for $name', async ({ rules, change }) => {
    const changed = copyOf(good);
    change(changed);
    const rulesFound = (await findingsOf(changed)).map(({ rule }) => rule);
    expect(rulesFound.filter((rule) => rules.includes(rule))).toEqual([]);
  });
});

describe('checkStoredPublication on damaged playlists', () => {
  it('reports garbled lines without throwing, in readable messages', async () => {
    const paths = [...good.files.keys()].filter((path) => path.endsWith('.m3u8'));
    const garbled = fc.oneof(
      fc.string(),
      fc.constantFrom('', '#EXTINF:', '#EXT-X-BYTERANGE:1', '#EXT-X-MAP:', 'x'),
    );
    const blow = fc.record({ path: fc.constantFrom(...paths), line: fc.nat({ max: 25 }), text: garbled });
    await fc.assert(
      fc.asyncProperty(fc.array(blow, { minLength: 1, maxLength: 4 }), async (blows) => {
        const damaged = copyOf(good);
        for (const { path, line, text } of blows) {
          const lines = String(damaged.files.get(path)).split('\n');
          lines[line % lines.length] = text;
          damaged.files.set(path, Buffer.from(lines.join('\n')));
        }
        for (const { rule, message } of await findingsOf(damaged)) {
          expect(ruleCatalogue[rule].severity).toMatch(/MUST|SHOULD/);
          expect(message).not.toMatch(/undefined|NaN|\[object/);
        }
      }),
      { numRuns: 100 },
    );
  });
});
