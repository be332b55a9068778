import type { ClientRequest, HeaderReader } from '#delivery/client/client-request.js';
import type { DeviceClass } from '#delivery/client/device.js';
import { findNetworkPrefix } from '#delivery/client/find-network-prefix.js';
import type { NetworkThroughput } from '#delivery/client/network-throughput.js';
import type { ClientHints } from '#delivery/client/read-client-hints.js';

export interface Bandwidth {
  bitsPerSecond: number;
  source: 'player' | 'browser' | 'network' | 'device class';
}

/** Bits per second if nothing was reported. 0.8 of 2.5 Mb/s starts the default client near 2000 kb/s. */
const defaultBitsPerSecond: Record<DeviceClass, number> = {
  phone: 2_500_000,
  tablet: 4_000_000,
  desktop: 5_000_000,
  tv: 8_000_000,
  unknown: 2_500_000,
};

/** Uses the first known of: the player's CMCD, the browser's hints, its network, its device class. */
export function estimateBandwidth(
  request: ClientRequest,
  hints: ClientHints,
  deviceClass: DeviceClass,
  networks: NetworkThroughput,
): Bandwidth {
  const fromPlayer = readCmcdThroughput(request.query('CMCD'), request.header);
  if (fromPlayer !== undefined) return { bitsPerSecond: fromPlayer, source: 'player' };
  if (hints.bitsPerSecond !== undefined) return { bitsPerSecond: hints.bitsPerSecond, source: 'browser' };
  const network = findNetworkPrefix(request.address);
  const fromNetwork = network === undefined ? undefined : networks.estimate(network);
  if (fromNetwork !== undefined) return { bitsPerSecond: fromNetwork, source: 'network' };
  return { bitsPerSecond: defaultBitsPerSecond[deviceClass], source: 'device class' };
}

/** CTA-5004 `mtp`: measured throughput in kb/s, rounded to 100. */
const MTP = /(?:^|,)\s*mtp=\(?([0-9]{1,8})/;
const cmcdHeaders = ['cmcd-request', 'cmcd-session', 'cmcd-object', 'cmcd-status'] as const;
/** CMCD data is a few hundred characters long; the rest is ignored. */
const maxCmcdLength = 1_024;

/** Reads bits per second from CMCD in the query or the headers. CTA-5004 allows any key in any header. */
function readCmcdThroughput(query: string | undefined, header: HeaderReader): number | undefined {
  for (const text of [query, ...cmcdHeaders.map((name) => header(name))]) {
    const match = text === undefined ? null : MTP.exec(text.slice(0, maxCmcdLength));
    const kilobits = Number(match?.[1] ?? 0);
    if (kilobits > 0) return kilobits * 1_000;
  }
  return undefined;
}
