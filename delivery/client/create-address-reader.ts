import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** Returns the client's address in normal form (IPv4-mapped IPv6 becomes IPv4), or `unknown`. */
export type AddressReader = (request: IncomingMessage) => string;

const unknownAddress = 'unknown';

/**
 * Creates a reader of client addresses. It uses the socket's address or, if that belongs to a trusted proxy,
 * the right-most untrusted hop of `X-Forwarded-For`. A hop that is not an address gives `unknown`.
 * `trustedProxies` are addresses or CIDR blocks; throws with the entry's text if one is neither.
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
    // Without trusted proxies no header is read at all: the common case, and the safest.
    if (peer === undefined || trustedProxies.length === 0) return normaliseAddress(peer ?? '');
    return normaliseAddress(proxyAddr(request, trustProxy(isTrusted)));
  };
}

/** Stops at a hop that is not an address: an unknown party wrote everything to the left of it. */
function trustProxy(isTrusted: (address: string, hop: number) => boolean) {
  return (address: string, hop: number): boolean => ipaddr.isValid(address) && isTrusted(address, hop);
}

function normaliseAddress(address: string): string {
  // Dotted IPv4 is already in normal form; skipping the parser matters on the path of every request.
  if (ipv4Pattern.test(address)) return address;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : unknownAddress;
}

const ipv4Pattern = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** Returns the network that shares an uplink: /24 for IPv4, /48 for IPv6. Undefined if not an address. */
export function findNetworkPrefix(address: string): string | undefined {
  if (ipv4Pattern.test(address)) return address.slice(0, address.lastIndexOf('.'));
  if (!ipaddr.IPv6.isValid(address)) return undefined;
  return ipaddr.IPv6.parse(address)
    .parts.slice(0, 3)
    .map((part) => part.toString(16))
    .join(':');
}
