import { type LoadedPresentation, renditionsOf } from '#core/hls/check/presentation/loaded-presentation.js';
import { nameEntry } from '#core/hls/check/presentation/name-entry.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import { type PlaylistEntry, playlistSeconds } from '#core/hls/read/playlist.js';

/** Cues may end before the video does; a missing segment is longer than this. */
const maxDifferenceSeconds = 1;

/** Checks rules 5: subtitles, and the marks of accessibility tracks of any type. */
export function* checkSubtitles(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant, renditions } = presentation;
  const [video] = renditionsOf(presentation, 'video');
  const wanted = video?.playlist.isEnded ? playlistSeconds(video.playlist) : undefined;
  for (const { name, playlist, container, tracks } of renditionsOf(presentation, 'subtitles')) {
    const isImsc = container === 'fmp4' && (tracks.length === 0 || tracks[0]?.sampleEntry === 'stpp');
    if (container !== 'webvtt' && !isImsc) {
      yield finding('5.1', playlist.uri, `subtitles ${name} are neither WebVTT nor IMSC`);
    }
    const found = playlistSeconds(playlist);
    if (wanted !== undefined && playlist.isEnded && Math.abs(found - wanted) > maxDifferenceSeconds) {
      const message = `subtitles ${name} last ${found.toFixed(3)} s, but the video ${wanted.toFixed(3)} s`;
      yield finding('5.2', playlist.uri, message);
    }
  }
  for (const entry of multivariant?.media ?? []) {
    if (multivariant && renditions.size > 0) yield* checkMarks(multivariant.uri, entry);
  }
}

function* checkMarks(uri: string, entry: PlaylistEntry): Generator<Finding> {
  const { attributes } = entry;
  const type = attributes.get('TYPE');
  const name = attributes.get('NAME') ?? '';
  if (type === 'SUBTITLES') {
    const missing = ['NAME', 'LANGUAGE'].filter((each) => !attributes.get(each));
    if (missing.length > 0) {
      yield finding('5.4', uri, `subtitles ${nameEntry(entry)} do not declare ${missing.join(', ')}`);
    }
    if (/\bforced\b/i.test(name) && attributes.get('FORCED') !== 'YES') {
      yield finding('5.3', uri, `subtitles "${name}" are not marked FORCED=YES`);
    }
  }
  const wanted = characteristicsOf(type, name);
  const marks = (attributes.get('CHARACTERISTICS') ?? '').split(',').map((mark) => mark.trim());
  if (wanted.some((mark) => !marks.includes(mark))) {
    yield finding('5.3', uri, `"${name}" is not marked with CHARACTERISTICS="${wanted.join(',')}"`);
  }
  const isSpecial = attributes.get('FORCED') === 'YES' || marks.some((mark) => accessibility.includes(mark));
  if (isSpecial && attributes.get('AUTOSELECT') !== 'YES') {
    yield finding('5.5', uri, `"${name}" is a forced or accessibility track without AUTOSELECT=YES`);
  }
}

const transcription = [
  'public.accessibility.transcribes-spoken-dialog',
  'public.accessibility.describes-music-and-sound',
];
const description = ['public.accessibility.describes-video'];
const accessibility = [...transcription, ...description];

/** CHARACTERISTICS that a name like "English SDH" implies (Apple's authoring specification, 2.12 and 4.5). */
function characteristicsOf(type: string | undefined, name: string): readonly string[] {
  if (type === 'SUBTITLES' && /\b(SDH|CC|hard of hearing|hearing impaired)\b/i.test(name))
    return transcription;
  const isDescribed = type === 'AUDIO' && /\b(audio description|descriptive|described)\b/i.test(name);
  return isDescribed ? description : [];
}
