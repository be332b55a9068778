import ipaddr from 'ipaddr.js';

export const ipv4Pattern = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** Returns the network that shares an uplink: /24 for IPv4, /48 for IPv6. Undefined if not an address. */
export function findNetworkPrefix(address: string): string | undefined {
  if (ipv4Pattern.test(address)) return address.slice(0, address.lastIndexOf('.'));
  if (!ipaddr.IPv6.isValid(address)) return undefined;
  return ipaddr.IPv6.parse(address)
    .parts.slice(0, 3)
    .map((part) => part.toString(16))
    .join(':');
}
