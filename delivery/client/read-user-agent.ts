import { parse } from 'bowser';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { BoundedMap } from '#delivery/client/bounded-map.js';
import { type Device, type DeviceClass, unknownDevice } from '#delivery/client/device.js';
import { knownDevices } from '#delivery/client/known-devices.js';

/** Every real one is shorter; what is longer was made to cost us time. */
const maxUserAgent = 512;

/** Reads devices from User-Agent headers, remembering the last `cacheLimit` distinct ones. */
export class UserAgentDevices {
  private readonly cache: BoundedMap<string, Device>;

  constructor(cacheLimit = 5_000) {
    this.cache = new BoundedMap(cacheLimit);
  }

  read(userAgent: string | undefined): Device {
    if (!userAgent) return unknownDevice;
    const text = userAgent.slice(0, maxUserAgent);
    const known = this.cache.get(text);
    if (known) return known;
    const device = readUserAgent(text);
    this.cache.set(text, device);
    return device;
  }
}

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
  /** NaN where the version is not told. */
  major: number;
  os: string;
  /** Such as 10.13; NaN where it is not told. */
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
    // bowser throws on texts it cannot make sense of; an odd client is an unknown one.
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
 * Codecs a browser decodes on every machine it runs on. AV1 in Safari and HEVC in Chrome, Edge and Firefox hang on the
 * hardware, so a player that has them must say so with `?caps=`.
 */
function codecsOfBrowser({ browser, major, os, osVersion }: ParsedBrowser): readonly VideoCodec[] {
  // Every browser of an Apple phone is Apple's: what it decodes came with the system, whatever it calls itself.
  if (os === 'iOS') return osVersion >= 11 ? avcAndHevc : avc;
  // HEVC came with macOS 10.13; Safari 11 ran on older ones too. From 11 on the version reads 10.15.
  if (browser === 'Safari') return major >= 11 && isFromHighSierra(osVersion) ? avcAndHevc : avc;
  const since = firstWithAv1.get(`${browser} ${os === 'Android' ? 'on Android' : 'elsewhere'}`);
  if (since === undefined || !(major >= since)) return avc;
  // Decoding AV1 in software is what Android asks of phones from version 10 on.
  return os === 'Android' && !(osVersion >= 10) ? avc : avcAndAv1;
}

const avc: readonly VideoCodec[] = ['h264'];
const avcAndHevc: readonly VideoCodec[] = ['h264', 'hevc'];
const avcAndAv1: readonly VideoCodec[] = ['h264', 'av1'];

/** As a number 10.9 is above 10.13: minor versions of one digit are the old ones. */
const isFromHighSierra = (version: number): boolean => version >= 11 || /^10\.1[3-9]/.test(String(version));

/** First major versions that decode AV1 by themselves on every machine. */
const firstWithAv1: ReadonlyMap<string, number> = new Map([
  ['Chrome elsewhere', 70],
  ['Chrome on Android', 90],
  ['Chromium elsewhere', 70],
  ['Microsoft Edge elsewhere', 121],
  ['Microsoft Edge on Android', 121],
  ['Firefox elsewhere', 98],
  ['Samsung Internet for Android on Android', 20],
]);
