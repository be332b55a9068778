import type {
  LoadedPresentation,
  LoadedRendition,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import type { Playlist } from '#core/hls/read/playlist.js';

/** Rules 7: the tags of each playlist. */
export function* checkTags(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant, refusals, excesses } = presentation;
  for (const { uri, reason } of refusals) yield finding('7.1', uri, `a strict parser refuses it: ${reason}`);
  for (const { uri, message } of excesses) yield finding('7.6', uri, message);
  if (multivariant) yield* checkVersion('the multivariant playlist', multivariant);
  for (const rendition of presentation.renditions.values())
    yield* checkPlaylist(rendition, multivariant?.independentSegments);
}

function* checkPlaylist(rendition: LoadedRendition, isSaidForAll: boolean | undefined): Generator<Finding> {
  const { name, playlist, lacksMap } = rendition;
  const { uri } = playlist;
  if (!playlist.independentSegments && isSaidForAll !== true && isIndependent(rendition)) {
    yield finding(
      '7.2',
      uri,
      `rendition ${name} has no EXT-X-INDEPENDENT-SEGMENTS, nor has the multivariant playlist`,
    );
  }
  yield* checkType(rendition);
  if (lacksMap) yield finding('7.4', uri, `rendition ${name} is fragmented MP4 without EXT-X-MAP`);
  const untimed = playlist.segments.findIndex(({ durationSeconds }) => durationSeconds === 0);
  if (untimed >= 0)
    yield finding('7.1', uri, `rendition ${name}: segment ${untimed} has no EXTINF with a duration`);
  yield* checkVersion(`rendition ${name}`, playlist);
}

/** Every segment that was read begins with a key frame: then the playlist has to say so (Apple's 9.12). */
const isIndependent = ({ kind, segments }: LoadedRendition): boolean =>
  kind === 'video' &&
  segments.length > 0 &&
  segments.every(({ startsWithSync, startsWithIdr }) => startsWithSync && startsWithIdr === true);

/**
 * What began as an event says so, and a live playlist that lost its first segments says neither (RFC 8216
 * 4.3.3.5).
 */
function* checkType({ name, playlist }: LoadedRendition): Generator<Finding> {
  const { uri, playlistType, isEnded, mediaSequence } = playlist;
  if (!isEnded || playlistType === 'VOD' || playlistType === 'EVENT' || mediaSequence > 0) return;
  const message = `rendition ${name} is complete, its playlist type is ${playlistType ?? 'not declared'}`;
  yield finding('7.3', uri, message);
}

function* checkVersion(name: string, playlist: Playlist): Generator<Finding> {
  const needed = neededVersion(playlist);
  const version = playlist.version ?? 1;
  if (version >= needed.version) return;
  yield finding(
    '7.5',
    playlist.uri,
    `${name} says version ${version}, ${needed.tag} needs ${needed.version}`,
  );
}

/** RFC 8216bis 8. */
function neededVersion(playlist: Playlist): { version: number; tag: string } {
  const { tagNames, text } = playlist;
  const isIframesOnly = tagNames.has('EXT-X-I-FRAMES-ONLY');
  const needs = [
    { version: 12, tag: 'a REQ- attribute', isUsed: /^#EXT-X-(I-FRAME-)?STREAM-INF:.*[:,]REQ-/m.test(text) },
    { version: 11, tag: 'QUERYPARAM', isUsed: /^#EXT-X-DEFINE:.*QUERYPARAM=/m.test(text) },
    { version: 9, tag: 'EXT-X-SKIP', isUsed: tagNames.has('EXT-X-SKIP') },
    { version: 8, tag: 'EXT-X-DEFINE', isUsed: tagNames.has('EXT-X-DEFINE') },
    { version: 7, tag: 'INSTREAM-ID="SERVICE…"', isUsed: /^#EXT-X-MEDIA:.*INSTREAM-ID="SERVICE/m.test(text) },
    { version: 6, tag: 'EXT-X-MAP', isUsed: tagNames.has('EXT-X-MAP') && !isIframesOnly },
    { version: 5, tag: 'EXT-X-MAP', isUsed: tagNames.has('EXT-X-MAP') },
    { version: 5, tag: 'KEYFORMAT', isUsed: /^#EXT-X-KEY:.*KEYFORMAT/m.test(text) },
    { version: 4, tag: 'EXT-X-BYTERANGE', isUsed: tagNames.has('EXT-X-BYTERANGE') },
    { version: 4, tag: 'EXT-X-I-FRAMES-ONLY', isUsed: isIframesOnly },
    { version: 3, tag: 'an EXTINF with decimals', isUsed: /^#EXTINF:\d+\./m.test(text) },
    { version: 2, tag: 'the IV of EXT-X-KEY', isUsed: /^#EXT-X-KEY:.*[:,]IV=/m.test(text) },
  ];
  return needs.find(({ isUsed }) => isUsed) ?? { version: 1, tag: 'EXTM3U' };
}
