import type { Device } from '#delivery/client/device.js';

interface KnownDevice {
  name: string;
  /** Matched against the first 512 characters of the User-Agent; linear in its length. */
  pattern: RegExp;
  device: Omit<Device, 'basis'>;
}

/** What bowser misses or misreads: players that are no browsers. First match wins, so the narrower pattern stands first. */
export const knownDevices: readonly KnownDevice[] = [
  {
    name: 'Apple TV',
    pattern: /Apple ?TV|tvOS/i,
    device: { deviceClass: 'tv', codecs: ['h264', 'hevc'], maxHeight: 2160, hdr: true },
  },
  {
    name: 'Chromecast',
    pattern: /CrKey/,
    device: { deviceClass: 'tv', codecs: ['h264'], maxHeight: 1080, hdr: false },
  },
  {
    name: 'Xbox',
    pattern: /Xbox/i,
    device: { deviceClass: 'tv', codecs: ['h264', 'hevc'], maxHeight: 2160, hdr: false },
  },
  {
    name: 'Fire TV',
    pattern: /\bAFT[A-Z0-9]{1,6}\b/,
    device: { deviceClass: 'tv', codecs: ['h264', 'hevc'], maxHeight: 1080, hdr: false },
  },
  {
    name: 'smart TV',
    pattern: /Tizen|SMART-TV|SmartTV|Web0S|webOS|HbbTV|Roku|BRAVIA/i,
    device: { deviceClass: 'tv', codecs: ['h264', 'hevc'], maxHeight: 1080, hdr: false },
  },
  {
    name: 'Android TV',
    pattern: /Android TV|GoogleTV/i,
    device: { deviceClass: 'tv', codecs: ['h264', 'hevc'], maxHeight: 1080, hdr: false },
  },
  {
    name: 'iPad player',
    pattern: /AppleCoreMedia[^(]{0,40}\(iPad/,
    device: { deviceClass: 'tablet', codecs: ['h264', 'hevc'], maxHeight: 2160, hdr: true },
  },
  {
    name: 'iPhone player',
    pattern: /AppleCoreMedia[^(]{0,40}\(iP(?:hone|od)/,
    device: { deviceClass: 'phone', codecs: ['h264', 'hevc'], maxHeight: 1080, hdr: true },
  },
  {
    name: 'Mac player',
    pattern: /AppleCoreMedia[^(]{0,40}\(Macintosh/,
    device: { deviceClass: 'desktop', codecs: ['h264', 'hevc'], maxHeight: 2160, hdr: false },
  },
  {
    name: 'ExoPlayer',
    pattern: /ExoPlayer|AndroidXMedia3/i,
    device: { deviceClass: 'phone', codecs: ['h264', 'hevc'], maxHeight: 1080, hdr: false },
  },
  {
    name: 'ffmpeg or a script',
    // Tools decode everything, and who uses them wants to see every rendition.
    pattern: /^(?:Lavf|libmpv|mpv|VLC)\b/,
    device: { deviceClass: 'desktop', codecs: ['h264', 'hevc', 'av1'], maxHeight: 4320, hdr: true },
  },
];
