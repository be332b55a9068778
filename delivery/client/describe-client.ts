import { readCmcdThroughput } from '#delivery/client/cmcd-throughput.js';
import { findNetworkPrefix } from '#delivery/client/create-address-reader.js';
import type { Device, DeviceClass } from '#delivery/client/device.js';
import type { GeoLocation, LocationFinder } from '#delivery/client/geo-location.js';
import type { NetworkThroughput } from '#delivery/client/network-throughput.js';
import { type ClientHints, type HeaderReader, readClientHints } from '#delivery/client/read-client-hints.js';
import { readDeclaredCapabilities } from '#delivery/client/read-declared-capabilities.js';
import { readPreferredLanguages } from '#delivery/client/read-preferred-languages.js';
import type { UserAgentDevices } from '#delivery/client/read-user-agent.js';

export interface Bandwidth {
  bitsPerSecond: number;
  source: 'player' | 'browser' | 'network' | 'device class';
}

/** Who asks, as far as choosing needs it. */
export interface Client {
  address: string;
  location: GeoLocation | undefined;
  device: Device;
  bandwidth: Bandwidth;
  saveData: boolean;
  /** Wanted languages, best first. */
  languages: string[];
}

export interface ClientRequest {
  address: string;
  header: HeaderReader;
  query: (name: string) => string | undefined;
}

export interface ClientSources {
  findLocation: LocationFinder;
  userAgents: UserAgentDevices;
  networks: NetworkThroughput;
}

/** Bits per second where nothing was reported. 2.5 Mb/s times 0.8 starts the default client near 2000 kb/s. */
const defaultBitsPerSecond: Record<DeviceClass, number> = {
  phone: 2_500_000,
  tablet: 4_000_000,
  desktop: 5_000_000,
  tv: 8_000_000,
  unknown: 2_500_000,
};

export function describeClient(request: ClientRequest, sources: ClientSources): Client {
  const hints = readClientHints(request.header);
  const device = describeDevice(request, hints, sources.userAgents);
  return {
    address: request.address,
    location: sources.findLocation(request.address),
    device,
    bandwidth: estimateBandwidth(request, hints, device.deviceClass, sources.networks),
    saveData: hints.saveData,
    languages: readPreferredLanguages(request.query('lang'), request.header('accept-language')),
  };
}

/** Later sources fill only what earlier ones left open: the player's own word, then hints, then the User-Agent. */
function describeDevice(request: ClientRequest, hints: ClientHints, userAgents: UserAgentDevices): Device {
  const fromAgent = userAgents.read(request.header('user-agent'));
  const declared = readDeclaredCapabilities(request.query('caps'));
  if (!declared && !hints.deviceClass) return fromAgent;
  return {
    ...fromAgent,
    ...(hints.deviceClass ? { deviceClass: hints.deviceClass } : {}),
    ...declared,
    basis: [declared?.basis, hints.deviceClass && 'client hints', fromAgent.basis].filter(Boolean).join('; '),
  };
}

function estimateBandwidth(
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
