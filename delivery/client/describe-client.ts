import type { ClientRequest } from '#delivery/client/client-request.js';
import type { Device } from '#delivery/client/device.js';
import { type Bandwidth, estimateBandwidth } from '#delivery/client/estimate-bandwidth.js';
import type { GeoLocation, LocationFinder } from '#delivery/client/geo-location.js';
import type { NetworkThroughput } from '#delivery/client/network-throughput.js';
import { type ClientHints, readClientHints } from '#delivery/client/read-client-hints.js';
import { readDeclaredCapabilities } from '#delivery/client/read-declared-capabilities.js';
import { readPreferredLanguages } from '#delivery/client/read-preferred-languages.js';
import type { UserAgentDevices } from '#delivery/client/user-agent-devices.js';

/** What choosing edges and renditions needs to know of a client. */
export interface Client {
  address: string;
  location: GeoLocation | undefined;
  device: Device;
  bandwidth: Bandwidth;
  saveData: boolean;
  /** Preferred languages, best first, lower case. */
  languages: string[];
}

export interface ClientSources {
  findLocation: LocationFinder;
  userAgents: UserAgentDevices;
  networks: NetworkThroughput;
}

/** Describes the client behind a request. Never fails: malformed headers and parameters count as absent. */
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

/** What the player declares overrides client hints, which override the User-Agent. */
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
