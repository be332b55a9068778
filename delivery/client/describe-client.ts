import { type VideoCodec, videoCodecSchema } from '#core/contracts/upload-settings.js';
import type { ClientRequest } from '#delivery/client/client-request.js';
import type { Device } from '#delivery/client/device.js';
import {
  type Bandwidth,
  estimateBandwidth,
  type NetworkThroughput,
} from '#delivery/client/estimate-bandwidth.js';
import type { GeoLocation, LocationFinder } from '#delivery/client/geo-location.js';
import { type ClientHints, readClientHints } from '#delivery/client/read-client-hints.js';
import type { UserAgentDevices } from '#delivery/client/read-user-agent.js';

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

const maxCapsLength = 256;
const LINES = /^([1-9][0-9]{1,4})p$/;

/**
 * Reads `?caps=h264,av1,1080p,hdr`: codecs the player decodes, the largest height it uses, whether it
 * displays HDR. Ignores unknown words, so that newer players can send more. A list of codecs is complete, and
 * excludes HDR unless `hdr` is in it. Returns undefined if no word is known.
 */
function readDeclaredCapabilities(text: string | undefined): Partial<Device> | undefined {
  if (text === undefined) return undefined;
  const words = text
    .slice(0, maxCapsLength)
    .toLowerCase()
    .split(/[\s,]+/);
  const codecs = videoCodecSchema.options.filter((codec: VideoCodec) => words.includes(codec));
  const heights = words.flatMap((word) => LINES.exec(word)?.[1] ?? []).map(Number);
  const declared: Partial<Device> = {
    ...(codecs.length > 0 ? { codecs } : {}),
    ...(heights.length > 0 ? { maxHeight: Math.max(...heights) } : {}),
    ...(codecs.length > 0 || words.includes('hdr') ? { hdr: words.includes('hdr') } : {}),
  };
  return Object.keys(declared).length > 0 ? { ...declared, basis: 'caps' } : undefined;
}

/** A language range and its weight (RFC 9110 12.4.2). */
const RANGE = /^\s*([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}|\*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?$/i;
const maxHeaderLength = 256;
const maxRanges = 10;

/**
 * Reads a client's preferred languages, best first, lower case: `?lang=` (one tag), then `Accept-Language`.
 * Ignores malformed ranges, `*` and ranges of weight 0.
 */
function readPreferredLanguages(lang: string | undefined, acceptLanguage: string | undefined): string[] {
  const asked = RANGE.exec(lang?.slice(0, maxHeaderLength) ?? '')?.[1];
  const ranges = (acceptLanguage ?? '')
    .slice(0, maxHeaderLength)
    .split(',', maxRanges)
    .flatMap((part) => {
      const match = RANGE.exec(part);
      const weight = Number(match?.[2] ?? 1);
      return match?.[1] && match[1] !== '*' && weight > 0 ? [{ tag: match[1].toLowerCase(), weight }] : [];
    })
    // The sort is stable: ranges of equal weight keep their order.
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
  return asked && asked !== '*' ? [asked.toLowerCase(), ...ranges] : ranges;
}
