import type { VideoCodec } from '#core/contracts/upload-settings.js';

export type DeviceClass = 'phone' | 'tablet' | 'desktop' | 'tv' | 'unknown';

/** What a device can play, as it declares or as its model is known to. */
export interface Device {
  deviceClass: DeviceClass;
  /** Always contains `h264` unless the client declares its codecs without it. */
  codecs: readonly VideoCodec[];
  /** Lines of the shorter side of the largest video it can use. */
  maxHeight: number;
  /** Displays PQ and HLG. */
  hdr: boolean;
  /** Where the answer comes from, for operators: `caps`, `client hints`, `user agent: Safari 17`. */
  basis: string;
}

/** What every player of the last decade supports. */
export const unknownDevice: Device = {
  deviceClass: 'unknown',
  codecs: ['h264'],
  maxHeight: 1080,
  hdr: false,
  basis: 'unknown device: H.264, SDR, up to 1080p',
};
