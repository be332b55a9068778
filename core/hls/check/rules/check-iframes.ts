import { entriesOnPathway, firstPathway } from '#core/hls/check/presentation/list-variants.js';
import { type LoadedPresentation, renditionsOf } from '#core/hls/check/presentation/loaded-presentation.js';
import { nameEntry } from '#core/hls/check/presentation/name-entry.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import { playlistSeconds } from '#core/hls/read/playlist.js';

/** Checks rules 6: I-frame playlists. */
export function* checkIframes(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant, renditions } = presentation;
  if (!multivariant) return;
  if (
    multivariant.iframes.length === 0 &&
    !multivariant.isBeingEncoded &&
    multivariant.variants.some(({ attributes }) => attributes.has('RESOLUTION'))
  ) {
    yield finding(
      '6.1',
      multivariant.uri,
      'there is no EXT-X-I-FRAME-STREAM-INF, so players cannot show frames while seeking',
    );
  }
  for (const entry of entriesOnPathway(multivariant.iframes, firstPathway(multivariant))) {
    const name = nameEntry(entry);
    const missing = ['BANDWIDTH', 'CODECS', 'RESOLUTION'].filter((each) => !entry.attributes.get(each));
    if (missing.length > 0) {
      yield finding(
        '6.5',
        multivariant.uri,
        `I-frame variant ${name} does not declare ${missing.join(', ')}`,
      );
    }
    const rendition = renditions.get(entry.uri);
    if (rendition && !rendition.playlist.isIframesOnly) {
      yield finding('6.2', entry.uri, `I-frame playlist ${name} has no EXT-X-I-FRAMES-ONLY`);
    }
  }
  yield* checkMedia(presentation);
}

function* checkMedia(presentation: LoadedPresentation): Generator<Finding> {
  const [video] = renditionsOf(presentation, 'video');
  const wanted = video?.playlist.isEnded ? playlistSeconds(video.playlist) : undefined;
  for (const { name, playlist, iframes } of renditionsOf(presentation, 'iframes')) {
    for (const { segmentIndex, defect } of iframes) {
      if (defect !== undefined) {
        yield finding('6.3', playlist.uri, `I-frame ${segmentIndex} of ${name}: ${defect}`);
      }
    }
    const found = playlistSeconds(playlist);
    // Each entry lasts until the next key frame or the end, so the sum equals the video's to within a frame.
    if (wanted === undefined || Math.abs(found - wanted) <= 0.1) continue;
    const difference = `lasts ${found.toFixed(3)} s, but the video ${wanted.toFixed(3)} s`;
    yield finding('6.4', playlist.uri, `I-frame playlist ${name} ${difference}`);
  }
}
