import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createAddressReader, findNetworkPrefix } from '#delivery/client/create-address-reader.js';

function requestFrom(peer: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage;
}

describe('createAddressReader', () => {
  const proxies = ['10.0.0.0/8', '2001:db8::/32'];
  it.each([
    {
      name: 'ignores the header of an untrusted peer',
      peer: '203.0.113.9',
      forwarded: '8.8.8.8',
      address: '203.0.113.9',
    },
    {
      name: 'uses the header of a trusted peer',
      peer: '10.1.1.1',
      forwarded: '8.8.8.8',
      address: '8.8.8.8',
    },
    {
      name: 'uses the right-most untrusted hop, not the hops to the left of it',
      peer: '10.1.1.1',
      forwarded: '1.2.3.4, 8.8.8.8, 10.9.9.9',
      address: '8.8.8.8',
    },
    { name: 'takes a trusted peer without the header for the client', peer: '10.1.1.1', address: '10.1.1.1' },
    {
      name: 'turns IPv4-mapped IPv6 into IPv4',
      peer: '::ffff:10.1.1.1',
      forwarded: '::ffff:8.8.8.8',
      address: '8.8.8.8',
    },
    {
      name: 'matches IPv6 proxies',
      peer: '2001:db8::1',
      forwarded: '2001:4860:4860::8888',
      address: '2001:4860:4860::8888',
    },
    {
      name: 'answers unknown for a hop that is not an address',
      peer: '10.1.1.1',
      forwarded: '8.8.8.8, <script>',
      address: 'unknown',
    },
    {
      name: 'follows a long chain of trusted hops',
      peer: '10.1.1.1',
      forwarded: Array(2_000).fill('10.2.2.2').join(','),
      address: '10.2.2.2',
    },
  ])('$name', ({ peer, forwarded, address }) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(createAddressReader(proxies)(requestFrom(peer, headers))).toBe(address);
  });

  it('ignores the header if no proxy is configured', () => {
    const read = createAddressReader([]);
    expect(read(requestFrom('10.1.1.1', { 'x-forwarded-for': '8.8.8.8' }))).toBe('10.1.1.1');
  });

  it('refuses a setting that is not a network, quoting it', () => {
    expect(() => createAddressReader(['10.0.0.0/8', 'proxy.example'])).toThrow('"proxy.example"');
  });
});

describe('networkPrefixOf', () => {
  it.each([
    ['203.0.113.9', '203.0.113'],
    ['2001:db8:12:34::1', '2001:db8:12'],
    ['unknown', undefined],
  ])('finds the network of %s: %s', (address, prefix) => {
    expect(findNetworkPrefix(address)).toBe(prefix);
  });
});
