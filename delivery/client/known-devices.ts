import type { Device } from '#delivery/client/device.js';

interface KnownDevice {
  name: string;
  /** Matched against the first 512 characters of the User-Agent; linear in its length. */
  pattern: RegExp;
  device: Omit<Device, 'basis'>;
}

const tv = (
  codecs: Device['codecs'],
  maxHeight: number,
  { hdr }: { hdr: boolean } = { hdr: false },
): KnownDevice['device'] => ({ deviceClass: 'tv', codecs, maxHeight, hdr });

const avc = ['h264'] as const;
const avcAndHevc = ['h264', 'hevc'] as const;

/**
 * Devices that bowser misses or misreads, because their players are not browsers. The first match wins, so
 * narrower patterns come first. HEVC is listed if every model that matches decodes it; AV1 never, because no
 * User-Agent names the chip.
 */
export const knownDevices: readonly KnownDevice[] = [
  { name: 'Apple TV before HEVC', pattern: /AppleTV[1-3],/, device: tv(avc, 1080) },
  { name: 'Apple TV HD', pattern: /AppleTV5,/, device: tv(avcAndHevc, 1080) },
  {
    name: 'Apple TV before tvOS 11',
    pattern: /(?:\(Apple TV; .{0,20}CPU OS|tvOS)[ /](?:[1-9]|10)[._]/,
    device: tv(avc, 1080),
  },
  { name: 'Apple TV', pattern: /Apple ?TV|tvOS/i, device: tv(avcAndHevc, 2160, { hdr: true }) },
  { name: 'Chromecast', pattern: /CrKey/, device: tv(avc, 1080) },
  { name: 'Xbox', pattern: /Xbox/i, device: tv(avcAndHevc, 2160) },
  { name: 'Fire TV before HEVC', pattern: /\bAFT[BM]\b/, device: tv(avc, 1080) },
  { name: 'Fire TV', pattern: /\bAFT[A-Z0-9]{1,6}\b/, device: tv(avcAndHevc, 1080) },
  {
    name: 'Samsung TV of 2017 or later',
    pattern: /Tizen (?:[3-9]|[1-9][0-9])\./,
    device: tv(avcAndHevc, 1080),
  },
  // The Chrome version dates webOS: 53 is webOS 4, of 2018.
  {
    name: 'LG TV of 2018 or later',
    pattern: /Web0S.{0,80}Chrome\/(?:5[3-9]|[6-9][0-9]|[1-9][0-9]{2})\./,
    device: tv(avcAndHevc, 1080),
  },
  { name: 'Sony 4K TV', pattern: /BRAVIA (?:4K|8K|VH|XR)/, device: tv(avcAndHevc, 1080) },
  {
    name: 'smart TV',
    pattern: /Tizen|SMART-TV|SmartTV|Web0S|webOS|HbbTV|Roku|BRAVIA/i,
    device: tv(avc, 1080),
  },
  { name: 'Android TV', pattern: /Android TV|GoogleTV/i, device: tv(avcAndHevc, 1080) },
  {
    name: 'Apple player before iOS 11',
    pattern: /AppleCoreMedia[^(]{0,40}\(iP(?:hone|od|ad); .{0,20}CPU OS (?:[1-9]|10)_/,
    device: { deviceClass: 'phone', codecs: avc, maxHeight: 1080, hdr: false },
  },
  {
    name: 'iPad player',
    pattern: /AppleCoreMedia[^(]{0,40}\(iPad/,
    device: { deviceClass: 'tablet', codecs: avcAndHevc, maxHeight: 2160, hdr: true },
  },
  {
    name: 'iPhone player',
    pattern: /AppleCoreMedia[^(]{0,40}\(iP(?:hone|od)/,
    device: { deviceClass: 'phone', codecs: avcAndHevc, maxHeight: 1080, hdr: true },
  },
  {
    name: 'Mac player before macOS 10.13',
    pattern: /AppleCoreMedia[^(]{0,40}\(Macintosh; .{0,20}OS X 10[_.](?:[0-9]|1[0-2])(?:[_.;]|\b)/,
    device: { deviceClass: 'desktop', codecs: avc, maxHeight: 2160, hdr: false },
  },
  {
    name: 'Mac player',
    pattern: /AppleCoreMedia[^(]{0,40}\(Macintosh/,
    device: { deviceClass: 'desktop', codecs: avcAndHevc, maxHeight: 2160, hdr: false },
  },
  {
    name: 'ExoPlayer before Android 5',
    pattern: /Android [1-4]\b.{0,80}(?:ExoPlayer|AndroidXMedia3)/i,
    device: { deviceClass: 'phone', codecs: avc, maxHeight: 1080, hdr: false },
  },
  {
    name: 'ExoPlayer',
    pattern: /ExoPlayer|AndroidXMedia3/i,
    device: { deviceClass: 'phone', codecs: avcAndHevc, maxHeight: 1080, hdr: false },
  },
  {
    name: 'ffmpeg or a desktop player',
    // Tools decode everything, and their users want to see every rendition.
    pattern: /^(?:Lavf|libmpv|mpv|VLC)\b/,
    device: { deviceClass: 'desktop', codecs: ['h264', 'hevc', 'av1'], maxHeight: 4320, hdr: true },
  },
];
