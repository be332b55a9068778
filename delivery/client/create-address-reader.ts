import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

export type AddressReader = (request: IncomingMessage) => string;

/**
 * Reads who asks: the socket's address, or the right-most hop of `X-Forwarded-For` that is no trusted proxy where the
 * peer itself is one. `trustedProxies` are addresses or CIDR blocks; none trusted by default. Throws, naming the entry,
 * on one that is neither. The result is a normal form (IPv4-mapped IPv6 becomes IPv4), `unknown` where a trusted proxy
 * sent something that is no address.
 */
export function createAddressReader(trustedProxies: readonly string[]): AddressReader {
  for (const entry of trustedProxies) {
    if (!ipaddr.isValid(entry) && !ipaddr.isValidCIDR(entry)) {
      throw new Error(
        `MILLRACE_TRUSTED_PROXIES: "${entry}" is neither an address nor a CIDR block such as 10.0.0.0/8`,
      );
    }
  }
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    const peer = request.socket.remoteAddress;
    // The common case, and the safe one: nobody in between, so no header is even looked at.
    if (peer === undefined || trustedProxies.length === 0) return normaliseAddress(peer ?? '');
    return normaliseAddress(proxyAddr(request, trustProxy(isTrusted)));
  };
}

/** A hop that is no address ends the walk: what stands left of it was written by nobody we know. */
function trustProxy(isTrusted: (address: string, hop: number) => boolean) {
  return (address: string, hop: number): boolean => ipaddr.isValid(address) && isTrusted(address, hop);
}

export const unknownAddress = 'unknown';

function normaliseAddress(address: string): string {
  // No letter or colon but IPv6's own: dotted IPv4 from a socket is already normal and needs no parsing.
  if (ipv4Pattern.test(address)) return address;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : unknownAddress;
}

const ipv4Pattern = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** The network that shares an uplink with `address`: /24 for IPv4, /48 for IPv6; undefined where it is no address. */
export function findNetworkPrefix(address: string): string | undefined {
  if (ipv4Pattern.test(address)) return address.slice(0, address.lastIndexOf('.'));
  if (!ipaddr.IPv6.isValid(address)) return undefined;
  return ipaddr.IPv6.parse(address)
    .parts.slice(0, 3)
    .map((part) => part.toString(16))
    .join(':');
}
