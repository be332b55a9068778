import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientRequest } from '#delivery/client/client-request.js';
import { describeClient } from '#delivery/client/describe-client.js';
import { NetworkThroughput } from '#delivery/client/estimate-bandwidth.js';
import { UserAgentDevices } from '#delivery/client/read-user-agent.js';

const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 ' +
  '(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

function sources(networks = new NetworkThroughput(() => 0)) {
  return { findLocation: () => undefined, userAgents: new UserAgentDevices(100), networks };
}

function request(
  headers: Record<string, string>,
  query: Record<string, string> = {},
  address = '203.0.113.9',
): ClientRequest {
  return { address, header: (name) => headers[name], query: (name) => query[name] };
}

describe('device', () => {
  it.each([
    { name: 'no header at all', headers: {}, query: {}, codecs: ['h264'], height: 1080, hdr: false },
    {
      name: 'Chrome on a desktop',
      headers: { 'user-agent': chrome },
      query: {},
      codecs: ['h264', 'av1'],
      height: 2160,
      hdr: false,
    },
    {
      name: 'iPhone',
      headers: { 'user-agent': iphone },
      query: {},
      codecs: ['h264', 'hevc'],
      height: 1080,
      hdr: false,
    },
    {
      name: 'caps that override the User-Agent',
      headers: { 'user-agent': chrome },
      query: { caps: 'H264, hevc,1440p' },
      codecs: ['h264', 'hevc'],
      height: 1440,
      hdr: false,
    },
    {
      name: 'caps without a codec, which keep the codecs of the User-Agent',
      headers: { 'user-agent': chrome },
      query: { caps: '720p' },
      codecs: ['h264', 'av1'],
      height: 720,
      hdr: false,
    },
    {
      name: 'unknown caps, which are ignored',
      headers: { 'user-agent': iphone },
      query: { caps: 'vvc,holograms,-5p,0p' },
      codecs: ['h264', 'hevc'],
      height: 1080,
      hdr: false,
    },
    {
      name: 'a television',
      headers: { 'user-agent': 'AppleTV11,1/11.1 tvOS/17.0' },
      query: {},
      codecs: ['h264', 'hevc'],
      height: 2160,
      hdr: true,
    },
    {
      name: 'a native player',
      headers: { 'user-agent': 'AppleCoreMedia/1.0.0.21F79 (iPhone; U; CPU OS 17_5 like Mac OS X; en_us)' },
      query: {},
      codecs: ['h264', 'hevc'],
      height: 1080,
      hdr: true,
    },
  ])('describes the device of $name', ({ headers, query, codecs, height, hdr }) => {
    const { device } = describeClient(request(headers, query), sources());
    expect({ codecs: device.codecs, height: device.maxHeight, hdr: device.hdr }).toEqual({
      codecs,
      height,
      hdr,
    });
  });

  it('reads the first 512 characters of a User-Agent and caches a bounded number of them', () => {
    const userAgents = new UserAgentDevices(2);
    const long = `${'x'.repeat(512)} ${chrome}`;
    expect(userAgents.read(long).codecs).toEqual(['h264']);
    expect(userAgents.read(chrome)).toBe(userAgents.read(chrome));
    const first = userAgents.read(chrome);
    for (const agent of ['a', 'b', 'c']) userAgents.read(agent);
    expect(userAgents.read(chrome)).not.toBe(first);
  });
});

describe('bandwidth', () => {
  it.each([
    {
      name: 'the default of an unknown device',
      headers: {},
      query: {},
      kilobits: 2_500,
      source: 'device class',
    },
    {
      name: 'CMCD in the query',
      headers: {},
      query: { CMCD: 'bl=100,mtp=4200' },
      kilobits: 4_200,
      source: 'player',
    },
    {
      name: 'CMCD in any header, as a list of version 2',
      headers: { 'cmcd-status': 'mtp=(3100),v=2' },
      query: {},
      kilobits: 3_100,
      source: 'player',
    },
    {
      name: 'no other CMCD key in place of mtp',
      headers: {},
      query: { CMCD: 'rtp=900,xmtp=1' },
      kilobits: 2_500,
      source: 'device class',
    },
    { name: 'Downlink', headers: { downlink: '1.45' }, query: {}, kilobits: 1_450, source: 'browser' },
    { name: 'ECT', headers: { ect: '3g' }, query: {}, kilobits: 700, source: 'browser' },
    {
      name: 'no malformed hint',
      headers: { downlink: '1e99', ect: '9g' },
      query: {},
      kilobits: 2_500,
      source: 'device class',
    },
  ])('uses $name', ({ headers, query, kilobits, source }) => {
    const { bandwidth } = describeClient(request(headers, query), sources());
    expect(bandwidth).toEqual({ bitsPerSecond: kilobits * 1_000, source });
  });

  it('takes the median of the reports of one network, one for each session', () => {
    const networks = new NetworkThroughput(() => 0);
    networks.report('203.0.113', 'a', 3_000_000);
    networks.report('203.0.113', 'b', 4_000_000);
    for (let lie = 0; lie < 50; lie += 1) networks.report('203.0.113', 'liar', 1e9);
    const near = describeClient(request({}), sources(networks));
    const far = describeClient(request({}, {}, '198.51.100.7'), sources(networks));
    expect(near.bandwidth).toEqual({ bitsPerSecond: 4_000_000, source: 'network' });
    expect(far.bandwidth.source).toBe('device class');
  });

  it('forgets reports after ten minutes', () => {
    let nowMs = 0;
    const networks = new NetworkThroughput(() => nowMs);
    networks.report('203.0.113', 'a', 1_000_000);
    nowMs = 11 * 60_000;
    expect(networks.estimate('203.0.113')).toBeUndefined();
  });
});

it('lists the language of ?lang= first, then the others by weight', () => {
  const headers = { 'accept-language': 'de;q=0.5, fr-CH, *;q=0.1, es;q=0, ;;;, en;q=0.8' };
  expect(describeClient(request(headers, { lang: 'IT' }), sources()).languages).toEqual([
    'it',
    'fr-ch',
    'en',
    'de',
  ]);
});

it('describes a client with arbitrary headers and query', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 2_000, unit: 'binary' }),
    fc.constantFrom('on', '?1', '4g', chrome),
  );
  const names = ['user-agent', 'accept-language', 'downlink', 'ect', 'save-data', 'cmcd-request'];
  fc.assert(
    fc.property(fc.array(text, { minLength: 9, maxLength: 9 }), (texts) => {
      const headers = Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
      const query = { caps: texts[6] ?? '', lang: texts[7] ?? '', CMCD: texts[8] ?? '' };
      const client = describeClient(request(headers, query), sources());
      expect(client.device.codecs.length).toBeGreaterThan(0);
      expect(client.device.maxHeight).toBeGreaterThan(0);
      expect(client.bandwidth.bitsPerSecond).toBeGreaterThan(0);
      expect(Number.isFinite(client.bandwidth.bitsPerSecond)).toBe(true);
      expect(client.languages.length).toBeLessThanOrEqual(11);
    }),
  );
});
