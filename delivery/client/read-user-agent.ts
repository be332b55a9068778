import { parse } from 'bowser';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { BoundedMap } from '#core/runtime/bounded-map.js';
import { type Device, type DeviceClass, unknownDevice } from '#delivery/client/device.js';
import { knownDevices } from '#delivery/client/known-devices.js';

/** Real User-Agents are shorter. The limit bounds the parsing time of hostile ones. */
const maxLength = 512;

/** Reads devices from User-Agent headers and caches the last `cacheLimit` distinct ones. */
export class UserAgentDevices {
  private readonly cache: BoundedMap<string, Device>;

  constructor(cacheLimit = 5_000) {
    this.cache = new BoundedMap(cacheLimit);
  }

  read(userAgent: string | undefined): Device {
    if (!userAgent) return unknownDevice;
    const text = userAgent.slice(0, maxLength);
    const cached = this.cache.get(text);
    if (cached) return cached;
    const device = readUserAgent(text);
    this.cache.set(text, device);
    return device;
  }
}

/** Returns what every device that sends this User-Agent can play. */
export function readUserAgent(userAgent: string): Device {
  for (const { name, pattern, device } of knownDevices) {
    if (pattern.test(userAgent)) return { ...device, basis: `user agent: ${name}` };
  }
  const parsed = parseBrowser(userAgent);
  if (!parsed || !parsed.browser) return unknownDevice;
  const { browser, major, deviceClass } = parsed;
  return {
    deviceClass,
    codecs: codecsOfBrowser(parsed),
    maxHeight: deviceClass === 'phone' ? 1080 : 2160,
    hdr: false,
    basis: `user agent: ${browser} ${Number.isNaN(major) ? '?' : major}`,
  };
}

interface ParsedBrowser {
  browser: string;
  /** NaN if unknown. */
  major: number;
  os: string;
  /** Such as 10.13; NaN if unknown. */
  osVersion: number;
  deviceClass: DeviceClass;
}

function parseBrowser(userAgent: string): ParsedBrowser | undefined {
  try {
    const { browser, os, platform } = parse(userAgent);
    return {
      browser: browser.name ?? '',
      major: Number.parseInt(browser.version ?? '', 10),
      os: os.name ?? '',
      osVersion: Number.parseFloat(os.version ?? ''),
      deviceClass: deviceClasses[platform.type ?? ''] ?? 'unknown',
    };
  } catch {
    // bowser throws on some malformed texts; such a device is unknown.
    return undefined;
  }
}

const deviceClasses: Record<string, DeviceClass> = {
  mobile: 'phone',
  tablet: 'tablet',
  desktop: 'desktop',
  tv: 'tv',
};

/**
 * Codecs that a browser decodes on every machine. AV1 in Safari and HEVC in Chrome, Edge and Firefox depend
 * on the hardware, so a player that supports them must declare them with `?caps=`.
 */
function codecsOfBrowser({ browser, major, os, osVersion }: ParsedBrowser): readonly VideoCodec[] {
  // On iOS every browser uses WebKit, so the system's version decides.
  if (os === 'iOS') return osVersion >= 11 ? avcAndHevc : avc;
  // macOS has HEVC since 10.13; Safari 11 also runs on older versions. macOS 11 and later report 10.15.
  if (browser === 'Safari') return major >= 11 && isFromHighSierra(osVersion) ? avcAndHevc : avc;
  const since = firstWithAv1.get(`${browser} ${os === 'Android' ? 'on Android' : 'elsewhere'}`);
  if (since === undefined || !(major >= since)) return avc;
  // Android 10 and later must decode AV1, at least in software.
  return os === 'Android' && !(osVersion >= 10) ? avc : avcAndAv1;
}

const avc: readonly VideoCodec[] = ['h264'];
const avcAndHevc: readonly VideoCodec[] = ['h264', 'hevc'];
const avcAndAv1: readonly VideoCodec[] = ['h264', 'av1'];

/** `version` is a number, in which 10.9 exceeds 10.13: a minor version of one digit is an old one. */
const isFromHighSierra = (version: number): boolean => version >= 11 || /^10\.1[3-9]/.test(String(version));

/** First major version of each browser that decodes AV1 on every machine. */
const firstWithAv1: ReadonlyMap<string, number> = new Map([
  ['Chrome elsewhere', 70],
  ['Chrome on Android', 90],
  ['Chromium elsewhere', 70],
  ['Microsoft Edge elsewhere', 121],
  ['Microsoft Edge on Android', 121],
  ['Firefox elsewhere', 98],
  ['Samsung Internet for Android on Android', 20],
]);
