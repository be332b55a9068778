import type { VideoCodec } from '#core/contracts/upload-settings.js';

export type DeviceClass = 'phone' | 'tablet' | 'desktop' | 'tv' | 'unknown';

/** What a device can show, as far as it told or is known for. */
export interface Device {
  deviceClass: DeviceClass;
  /** Always holds `h264` unless the client itself said otherwise. */
  codecs: readonly VideoCodec[];
  /** Largest picture it can use: lines of the shorter side. */
  maxHeight: number;
  /** Shows PQ and HLG. */
  hdr: boolean;
  /** What the answer rests on, for people: `caps`, `client hints`, `user agent: Safari 17`. */
  basis: string;
}

/** Nothing known: what every player made in the last decade can do. */
export const unknownDevice: Device = {
  deviceClass: 'unknown',
  codecs: ['h264'],
  maxHeight: 1080,
  hdr: false,
  basis: 'nothing known: H.264, SDR, up to 1080p',
};
