/**
 * What the multivariant playlist of a `playable` title says of itself: not all of its media is there yet. Its bandwidths are
 * planned ones (RFC 8216bis 4.4.6.2 tells apart what has been encoded and what has not), its I-frame playlists, which need
 * every key frame's place, come when the title is `ready`.
 */
export const beingEncoded = { dataId: 'millrace.state', value: 'playable' } as const;
