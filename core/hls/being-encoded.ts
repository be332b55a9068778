/**
 * EXT-X-SESSION-DATA that marks the multivariant playlist of a `playable` title, some of whose media is not
 * encoded yet. Its bandwidths are planned ones (RFC 8216bis 4.4.6.2 distinguishes what has been encoded from
 * what has not), and it has no I-frame playlists: those need the position of every key frame, so they appear
 * when the title is `ready`.
 */
export const beingEncoded = { dataId: 'millrace.state', value: 'playable' } as const;
