import type {
  LoadedPresentation,
  LoadedRendition,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import type { Playlist } from '#core/hls/read/playlist.js';

/** Checks rules 7: the tags of each playlist. */
export function* checkTags(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant, refusals, excesses } = presentation;
  for (const { uri, reason } of refusals) yield finding('7.1', uri, `a strict parser rejects it: ${reason}`);
  for (const { uri, message } of excesses) yield finding('7.6', uri, message);
  if (multivariant) yield* checkVersion('the multivariant playlist', multivariant);
  for (const rendition of presentation.renditions.values()) {
    yield* checkPlaylist(rendition, multivariant?.independentSegments === true);
  }
}

function* checkPlaylist(rendition: LoadedRendition, isDeclaredForAll: boolean): Generator<Finding> {
  const { name, playlist, lacksMap } = rendition;
  const { uri } = playlist;
  if (!playlist.independentSegments && !isDeclaredForAll && isIndependent(rendition)) {
    yield finding(
      '7.2',
      uri,
      `neither rendition ${name} nor the multivariant playlist has EXT-X-INDEPENDENT-SEGMENTS`,
    );
  }
  yield* checkType(rendition);
  if (lacksMap) yield finding('7.4', uri, `rendition ${name} is fragmented MP4 without EXT-X-MAP`);
  const untimed = playlist.segments.findIndex(({ durationSeconds }) => durationSeconds === 0);
  if (untimed >= 0) {
    yield finding('7.1', uri, `rendition ${name}: segment ${untimed} has no EXTINF with a duration`);
  }
  yield* checkVersion(`rendition ${name}`, playlist);
}

/**
 * Apple's rule 9.12 requires the tag if every segment starts with a key frame; only segments that were read
 * count.
 */
const isIndependent = ({ kind, segments }: LoadedRendition): boolean =>
  kind === 'video' &&
  segments.length > 0 &&
  segments.every(({ startsWithSync, startsWithIdr }) => startsWithSync && startsWithIdr === true);

/**
 * Checks the type of a complete playlist. An ended event declares EVENT, and a live playlist that dropped its
 * first segments declares no type (RFC 8216 4.3.3.5).
 */
function* checkType({ name, playlist }: LoadedRendition): Generator<Finding> {
  const { uri, playlistType, isEnded, mediaSequence } = playlist;
  if (!isEnded || playlistType === 'VOD' || playlistType === 'EVENT' || mediaSequence > 0) return;
  const message = `rendition ${name} is complete, but its playlist type is ${playlistType ?? 'not declared'}`;
  yield finding('7.3', uri, message);
}

function* checkVersion(name: string, playlist: Playlist): Generator<Finding> {
  const required = requiredVersion(playlist);
  const version = playlist.version ?? 1;
  if (version >= required.version) return;
  yield finding(
    '7.5',
    playlist.uri,
    `${name} declares version ${version}, but ${required.tag} requires ${required.version}`,
  );
}

const hasServiceId = /^#EXT-X-MEDIA:.*INSTREAM-ID="SERVICE/m;

/** Highest version that a tag or attribute of the playlist requires (RFC 8216bis 8). */
function requiredVersion(playlist: Playlist): { version: number; tag: string } {
  const { tagNames, text } = playlist;
  const isIframesOnly = tagNames.has('EXT-X-I-FRAMES-ONLY');
  const requirements = [
    { version: 12, tag: 'a REQ- attribute', isUsed: /^#EXT-X-(I-FRAME-)?STREAM-INF:.*[:,]REQ-/m.test(text) },
    { version: 11, tag: 'QUERYPARAM', isUsed: /^#EXT-X-DEFINE:.*QUERYPARAM=/m.test(text) },
    { version: 9, tag: 'EXT-X-SKIP', isUsed: tagNames.has('EXT-X-SKIP') },
    { version: 8, tag: 'EXT-X-DEFINE', isUsed: tagNames.has('EXT-X-DEFINE') },
    { version: 7, tag: 'INSTREAM-ID="SERVICE…"', isUsed: hasServiceId.test(text) },
    { version: 6, tag: 'EXT-X-MAP', isUsed: tagNames.has('EXT-X-MAP') && !isIframesOnly },
    { version: 5, tag: 'EXT-X-MAP', isUsed: tagNames.has('EXT-X-MAP') },
    { version: 5, tag: 'KEYFORMAT', isUsed: /^#EXT-X-KEY:.*KEYFORMAT/m.test(text) },
    { version: 4, tag: 'EXT-X-BYTERANGE', isUsed: tagNames.has('EXT-X-BYTERANGE') },
    { version: 4, tag: 'EXT-X-I-FRAMES-ONLY', isUsed: isIframesOnly },
    { version: 3, tag: 'an EXTINF with decimals', isUsed: /^#EXTINF:\d+\./m.test(text) },
    { version: 2, tag: 'the IV of EXT-X-KEY', isUsed: /^#EXT-X-KEY:.*[:,]IV=/m.test(text) },
  ];
  return requirements.find(({ isUsed }) => isUsed) ?? { version: 1, tag: 'EXTM3U' };
}
