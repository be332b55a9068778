import { describe, expect, it } from 'vitest';
import { chooseRenditions } from '#delivery/choose/choose-renditions.js';
import { readUserAgent } from '#delivery/client/read-user-agent.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';

const khtml = '(KHTML, like Gecko)';
const webkit = `AppleWebKit/605.1.15 ${khtml}`;
const blink = `AppleWebKit/537.36 ${khtml}`;
const mac = 'Macintosh; Intel Mac OS X';
const ios17 = 'iPhone; CPU iPhone OS 17_5 like Mac OS X';
const ios10 = 'iPhone; CPU iPhone OS 10_3_3 like Mac OS X';
const ios9 = 'iPhone; CPU iPhone OS 9_3 like Mac OS X';
const xbox = 'Windows NT 10.0; Win64; x64; Xbox; Xbox One';
const galaxy = 'Linux; Android 14; SAMSUNG SM-S918B';

type Row = [name: string, userAgent: string, codecs: string, hdr: boolean];

const browsers: Row[] = [
  [
    'Safari 17 on a Mac',
    `Mozilla/5.0 (${mac} 10_15_7) ${webkit} Version/17.4 Safari/605.1.15`,
    'h264 hevc',
    false,
  ],
  [
    'Safari 11 on macOS 10.13',
    `Mozilla/5.0 (${mac} 10_13_6) ${webkit} Version/11.1 Safari/605.1.15`,
    'h264 hevc',
    false,
  ],
  [
    'Safari 11 on macOS 10.12',
    `Mozilla/5.0 (${mac} 10_12_6) ${webkit} Version/11.1 Safari/605.1.15`,
    'h264',
    false,
  ],
  [
    'Safari 9 on OS X 10.9',
    `Mozilla/5.0 (${mac} 10_9_5) ${webkit} Version/9.1 Safari/601.7.8`,
    'h264',
    false,
  ],
  [
    'Safari on iOS 17',
    `Mozilla/5.0 (${ios17}) ${webkit} Version/17.5 Mobile/15E148 Safari/604.1`,
    'h264 hevc',
    false,
  ],
  [
    'Chrome on iOS 17',
    `Mozilla/5.0 (${ios17}) ${webkit} CriOS/125.0.6422.80 Mobile/15E148 Safari/604.1`,
    'h264 hevc',
    false,
  ],
  ['a web view on iOS 17', `Mozilla/5.0 (${ios17}) ${webkit} Mobile/15E148`, 'h264 hevc', false],
  [
    'Safari on iOS 10',
    `Mozilla/5.0 (${ios10}) AppleWebKit/603.3.8 ${khtml} Version/10.0 Mobile/14G60 Safari/602.1`,
    'h264',
    false,
  ],
  [
    'Firefox on iOS 9',
    `Mozilla/5.0 (${ios9}) AppleWebKit/601.1.46 ${khtml} FxiOS/5.1 Mobile/13E230 Safari/601.1.46`,
    'h264',
    false,
  ],
  [
    'Chrome on Windows',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Chrome/125.0.0.0 Safari/537.36`,
    'h264 av1',
    false,
  ],
  [
    'Chrome on a Mac',
    `Mozilla/5.0 (${mac} 10_15_7) ${blink} Chrome/125.0.0.0 Safari/537.36`,
    'h264 av1',
    false,
  ],
  [
    'Chromium on Linux',
    `Mozilla/5.0 (X11; Linux x86_64) ${blink} Chrome/131.0.0.0 Safari/537.36`,
    'h264 av1',
    false,
  ],
  [
    'headless Chromium',
    `Mozilla/5.0 (X11; Linux x86_64) ${blink} HeadlessChrome/131.0.0.0 Safari/537.36`,
    'h264 av1',
    false,
  ],
  [
    'Chrome before it had AV1',
    `Mozilla/5.0 (Windows NT 6.1) ${blink} Chrome/69.0.3497.100 Safari/537.36`,
    'h264',
    false,
  ],
  [
    'Chrome on Android',
    `Mozilla/5.0 (Linux; Android 10; K) ${blink} Chrome/125.0.0.0 Mobile Safari/537.36`,
    'h264 av1',
    false,
  ],
  [
    'Chrome on Android 6',
    `Mozilla/5.0 (Linux; Android 6.0.1; SM-G900F) ${blink} Chrome/106.0.0.0 Mobile Safari/537.36`,
    'h264',
    false,
  ],
  [
    'Samsung Internet',
    `Mozilla/5.0 (${galaxy}) ${blink} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
    'h264 av1',
    false,
  ],
  [
    'Firefox on Linux',
    'Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0',
    'h264 av1',
    false,
  ],
  [
    'Firefox on Android',
    'Mozilla/5.0 (Android 14; Mobile; rv:126.0) Gecko/126.0 Firefox/126.0',
    'h264',
    false,
  ],
  [
    'Edge',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Chrome/125.0.0.0 Safari/537.36 Edg/125.0.0.0`,
    'h264 av1',
    false,
  ],
  [
    'Edge without the AV1 extension',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Chrome/110.0.0.0 Safari/537.36 Edg/110.0.1587.41`,
    'h264',
    false,
  ],
  [
    'Internet Explorer 11',
    'Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko',
    'h264',
    false,
  ],
];

const players: Row[] = [
  ['Apple TV 4K', 'AppleTV11,1/11.1 tvOS/17.0', 'h264 hevc', true],
  [
    'the player of an Apple TV 4K',
    'AppleCoreMedia/1.0.0.21K69 (Apple TV; U; CPU OS 17_0 like Mac OS X; en_us)',
    'h264 hevc',
    true,
  ],
  ['Apple TV HD', 'AppleTV5,3/9.1.1', 'h264 hevc', false],
  ['Apple TV of 2013', 'AppleTV3,2/8.4.4', 'h264', false],
  [
    'Apple TV on tvOS 10',
    'AppleCoreMedia/1.0.0.14W756 (Apple TV; U; CPU OS 10_2 like Mac OS X; en_us)',
    'h264',
    false,
  ],
  [
    'iPhone player',
    'AppleCoreMedia/1.0.0.21F79 (iPhone; U; CPU OS 17_5 like Mac OS X; en_us)',
    'h264 hevc',
    true,
  ],
  [
    'iPhone player on iOS 10',
    'AppleCoreMedia/1.0.0.14G60 (iPhone; U; CPU OS 10_3_3 like Mac OS X; en_us)',
    'h264',
    false,
  ],
  ['Mac player', 'AppleCoreMedia/1.0.0.23F79 (Macintosh; U; Intel Mac OS X 14_5; en_us)', 'h264 hevc', false],
  [
    'Mac player on OS X 10.11',
    'AppleCoreMedia/1.0.0.15G31 (Macintosh; U; Intel Mac OS X 10_11_6; en_us)',
    'h264',
    false,
  ],
  [
    'Samsung TV of 2022',
    `Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) ${blink} 85.0.4183.93/6.5 TV Safari/537.36`,
    'h264 hevc',
    false,
  ],
  [
    'Samsung TV of 2015',
    `Mozilla/5.0 (SMART-TV; Linux; Tizen 2.3) AppleWebkit/538.1 ${khtml} SamsungBrowser/1.0 TV Safari/538.1`,
    'h264',
    false,
  ],
  [
    'LG TV of 2021',
    `Mozilla/5.0 (Web0S; Linux/SmartTV) ${blink} Chrome/79.0.3945.79 Safari/537.36 WebAppManager`,
    'h264 hevc',
    false,
  ],
  [
    'LG TV of 2016',
    `Mozilla/5.0 (Web0S; Linux/SmartTV) ${blink} Chrome/38.0.2125.122 Safari/537.36 WebAppManager`,
    'h264',
    false,
  ],
  [
    'Sony TV',
    `Mozilla/5.0 (Linux; Android 9; BRAVIA 4K VH2 Build/PTO2) ${blink} Chrome/88.0.4324.152 Safari/537.36`,
    'h264 hevc',
    false,
  ],
  [
    'an HbbTV television',
    `Mozilla/5.0 (Linux armv7l) AppleWebKit/534.24 ${khtml} HbbTV/1.2.1 (;Panasonic;VIERA 2014;3.101;;)`,
    'h264',
    false,
  ],
  ['Roku', 'Roku/DVP-9.10 (519.10E04111A)', 'h264', false],
  [
    'Fire TV Stick 4K',
    `Mozilla/5.0 (Linux; Android 7.1.2; AFTMM Build/NS6265) ${blink} Chrome/108.0.0.0 Mobile Safari/537.36`,
    'h264 hevc',
    false,
  ],
  ['Fire TV Stick of 2014', 'Dalvik/2.1.0 (Linux; U; Android 5.1.1; AFTM Build/LVY48F)', 'h264', false],
  [
    'Chromecast',
    `Mozilla/5.0 (X11; Linux armv7l) ${blink} Chrome/90.0.4430.225 Safari/537.36 CrKey/1.56.500000`,
    'h264',
    false,
  ],
  [
    'Xbox',
    `Mozilla/5.0 (${xbox}) ${blink} Chrome/108.0.0.0 Safari/537.36 Edg/108.0.1462.46`,
    'h264 hevc',
    false,
  ],
  ['ExoPlayer', 'SomeApp/1.0 (Linux;Android 13) ExoPlayerLib/2.18.1', 'h264 hevc', false],
  ['ExoPlayer on Android 4', 'SomeApp/1.0 (Linux;Android 4.4.4) ExoPlayerLib/2.9.6', 'h264', false],
  ['ffmpeg', 'Lavf/59.27.100', 'h264 hevc av1', true],
];

describe('readUserAgent', () => {
  it.each([...browsers, ...players])('knows what %s decodes', (_name, userAgent, codecs, hdr) => {
    const device = readUserAgent(userAgent);
    expect(device.codecs.join(' '), device.basis).toBe(codecs);
    expect(device.hdr, device.basis).toBe(hdr);
  });

  it.each([...browsers, ...players])(
    'offers %s nothing else, and always H.264 in SDR',
    (_name, userAgent, codecs, hdr) => {
      const { plan } = samplePublication({
        rungs: [
          sampleRung('h264', 540, 1_500_000),
          { ...sampleRung('hevc', 540, 1_000_000), videoRange: 'PQ' },
          { ...sampleRung('av1', 540, 800_000), videoRange: 'PQ' },
          sampleRung('hevc', 360, 500_000),
          sampleRung('av1', 360, 400_000),
        ],
      });
      const viewer = {
        device: readUserAgent(userAgent),
        bandwidth: { bitsPerSecond: 5e6, source: 'player' as const },
        saveData: false,
        languages: [],
      };
      const { renditionIds } = chooseRenditions(plan, undefined, viewer);
      const offered = plan.rungs.filter(({ renditionId }) => renditionIds.includes(renditionId));
      expect([...new Set(offered.map(({ codec }) => codec))].join(' ')).toBe(codecs);
      expect(offered.some(({ videoRange }) => videoRange !== 'SDR')).toBe(hdr);
      expect(offered.some(({ codec, videoRange }) => codec === 'h264' && videoRange === 'SDR')).toBe(true);
    },
  );
});
