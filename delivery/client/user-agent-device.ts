import { parse } from 'bowser';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { BoundedMap } from '#delivery/client/bounded-map.js';
import { type Device, type DeviceClass, unknownDevice } from '#delivery/client/device.js';
import { knownDevices } from '#delivery/client/known-devices.js';

/** Every real one is shorter; what is longer was made to cost us time. */
const longestUserAgent = 512;

/** Reads devices from User-Agent headers, remembering the last `cacheLimit` distinct ones. */
export class UserAgentDevices {
  private readonly cache: BoundedMap<string, Device>;

  constructor(cacheLimit = 5_000) {
    this.cache = new BoundedMap(cacheLimit);
  }

  read(userAgent: string | undefined): Device {
    if (!userAgent) return unknownDevice;
    const text = userAgent.slice(0, longestUserAgent);
    const known = this.cache.get(text);
    if (known) return known;
    const device = deviceOfUserAgent(text);
    this.cache.set(text, device);
    return device;
  }
}

export function deviceOfUserAgent(userAgent: string): Device {
  for (const { name, pattern, device } of knownDevices) {
    if (pattern.test(userAgent)) return { ...device, basis: `user agent: ${name}` };
  }
  const parsed = parseBrowser(userAgent);
  if (!parsed || !parsed.browser) return unknownDevice;
  const { browser, major, deviceClass, os } = parsed;
  return {
    deviceClass,
    codecs: codecsOfBrowser(browser, major, os),
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
  deviceClass: DeviceClass;
}

function parseBrowser(userAgent: string): ParsedBrowser | undefined {
  try {
    const { browser, os, platform } = parse(userAgent);
    return {
      browser: browser.name ?? '',
      major: Number.parseInt(browser.version ?? '', 10),
      os: os.name ?? '',
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
 * Codecs a browser decodes on every machine it runs on. AV1 in Safari and HEVC in Chrome hang on the hardware, so a
 * player that has them must say so with `?caps=`.
 */
function codecsOfBrowser(browser: string, major: number, os: string): VideoCodec[] {
  if (browser === 'Safari') return major >= 11 ? ['h264', 'hevc'] : ['h264'];
  const isApplePhone = os === 'iOS';
  if (isApplePhone) return ['h264', 'hevc'];
  if (browser === 'Chrome' && major >= 70) return ['h264', 'av1'];
  if (browser === 'Microsoft Edge' && major >= 121) return ['h264', 'av1'];
  if (browser === 'Firefox' && major >= 98 && os !== 'Android') return ['h264', 'av1'];
  return ['h264'];
}
