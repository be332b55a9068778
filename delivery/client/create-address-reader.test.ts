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
      name: 'an untrusted peer cannot name another address',
      peer: '203.0.113.9',
      forwarded: '8.8.8.8',
      address: '203.0.113.9',
    },
    {
      name: 'a trusted peer is asked who it speaks for',
      peer: '10.1.1.1',
      forwarded: '8.8.8.8',
      address: '8.8.8.8',
    },
    {
      name: 'the right-most untrusted hop counts, not what it claims of others',
      peer: '10.1.1.1',
      forwarded: '1.2.3.4, 8.8.8.8, 10.9.9.9',
      address: '8.8.8.8',
    },
    { name: 'a trusted peer that says nothing is the client', peer: '10.1.1.1', address: '10.1.1.1' },
    {
      name: 'IPv4 in IPv6 is the IPv4 address',
      peer: '::ffff:10.1.1.1',
      forwarded: '::ffff:8.8.8.8',
      address: '8.8.8.8',
    },
    {
      name: 'IPv6 proxies are matched too',
      peer: '2001:db8::1',
      forwarded: '2001:4860:4860::8888',
      address: '2001:4860:4860::8888',
    },
    {
      name: 'a hop that is no address is nobody',
      peer: '10.1.1.1',
      forwarded: '8.8.8.8, <script>',
      address: 'unknown',
    },
    {
      name: 'a long chain of trusted hops ends',
      peer: '10.1.1.1',
      forwarded: Array(2_000).fill('10.2.2.2').join(','),
      address: '10.2.2.2',
    },
  ])('$name', ({ peer, forwarded, address }) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(createAddressReader(proxies)(requestFrom(peer, headers))).toBe(address);
  });

  it('believes nobody where no proxy is configured', () => {
    const read = createAddressReader([]);
    expect(read(requestFrom('10.1.1.1', { 'x-forwarded-for': '8.8.8.8' }))).toBe('10.1.1.1');
  });

  it('refuses a setting that is no network, naming it', () => {
    expect(() => createAddressReader(['10.0.0.0/8', 'proxy.example'])).toThrow('"proxy.example"');
  });
});

describe('networkPrefixOf', () => {
  it.each([
    ['203.0.113.9', '203.0.113'],
    ['2001:db8:12:34::1', '2001:db8:12'],
    ['unknown', undefined],
  ])('%s → %s', (address, prefix) => {
    expect(findNetworkPrefix(address)).toBe(prefix);
  });
});
