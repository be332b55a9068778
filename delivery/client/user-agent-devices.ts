import { BoundedMap } from '#core/runtime/bounded-map.js';
import { type Device, unknownDevice } from '#delivery/client/device.js';
import { readUserAgent } from '#delivery/client/read-user-agent.js';

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
