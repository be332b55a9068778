const avcProfiles: Record<string, string> = {
  '42': 'Baseline',
  '4d': 'Main',
  '58': 'Extended',
  '64': 'High',
};

/** Names the codec of an RFC 6381 string: `avc1.64001f` is `H.264 High 3.1`. Keeps unknown strings. */
export function nameCodec(codecString: string): string {
  const [kind = '', ...rest] = codecString.trim().split('.');
  switch (kind) {
    case 'avc1':
    case 'avc3':
      return ['H.264', ...avcProfileAndLevel(rest[0] ?? '')].join(' ');
    case 'hvc1':
    case 'hev1':
      return 'HEVC';
    case 'av01':
      return 'AV1';
    case 'vp09':
      return 'VP9';
    case 'mp4a':
      return rest[0] === '40' ? 'AAC' : codecString;
    case 'ac-3':
      return 'Dolby Digital';
    case 'ec-3':
      return 'Dolby Digital Plus';
    case 'opus':
    case 'Opus':
      return 'Opus';
    default:
      return codecString;
  }
}

/** Six hex digits: profile_idc, constraint flags, level_idc (ISO/IEC 14496-15 A.2.1). */
function avcProfileAndLevel(digits: string): string[] {
  if (!/^[0-9a-f]{6}$/i.test(digits)) return [];
  const level = Number.parseInt(digits.slice(4), 16) / 10;
  const profile = avcProfiles[digits.slice(0, 2).toLowerCase()];
  return profile === undefined ? [level.toFixed(1)] : [profile, level.toFixed(1)];
}
