import { groupEntries, listVariants, type VariantView } from '#core/hls/check/presentation/list-variants.js';
import {
  findTrack,
  type LoadedPresentation,
  type LoadedRendition,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { nameEntry } from '#core/hls/check/presentation/name-entry.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import type { PlaylistEntry } from '#core/hls/read/playlist.js';

/** Checks rules 4: audio. */
export function* checkAudio(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant, renditions } = presentation;
  if (!multivariant) return;
  const { uri } = multivariant;
  const variants = listVariants(presentation);
  yield* checkStereoAac(uri, variants);
  for (const variant of variants) yield* checkMuxed(uri, variant);
  for (const [groupId, entries] of groupEntries(multivariant, 'AUDIO')) {
    for (const entry of entries) yield* checkEntry(uri, entry, renditions.get(entry.uri));
    yield* checkGroup(uri, groupId, entries);
  }
}

/** AAC-LC, HE-AAC, HE-AAC v2 and xHE-AAC, by MPEG-4 audio object type (RFC 6381). */
const aac = /^mp4a\.40\.(2|5|29|42)$/i;

const codecsOf = ({ attributes }: PlaylistEntry): string[] =>
  (attributes.get('CODECS') ?? '').split(',').flatMap((codec) => codec.trim() || []);

/** One variant with stereo AAC is enough: others may have surround audio only. */
function* checkStereoAac(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  const formats = variants.flatMap(audioFormatsOf);
  if (variants.length === 0 || formats.some(isStereoAac)) return;
  const found = new Set(formats.map(({ codec, channels }) => `${codec} with ${channels ?? '?'} channels`));
  const instead = found.size > 0 ? [...found].join(', ') : 'no audio';
  yield finding('4.1', uri, `no variant has stereo AAC audio; there is ${instead}`);
}

interface AudioFormat {
  codec: string;
  channels: string | undefined;
}

/**
 * Gives the benefit of the doubt if neither the media nor the playlist declares the codec or the channels.
 */
const isStereoAac = ({ codec, channels }: AudioFormat): boolean =>
  (aac.test(codec) || codec === '') && (channels ?? '2').split('/')[0] === '2';

/** Audio formats as found in the media, or else as declared by the playlist. */
function audioFormatsOf({ entry, video, audioEntries, audio }: VariantView): AudioFormat[] {
  const tracks = [video, ...audio].flatMap((rendition) => (rendition && findTrack(rendition, 'audio')) || []);
  if (tracks.length > 0) {
    return tracks.map(({ codecString = '', channels }) => ({
      codec: codecString,
      channels: channels === 0 ? undefined : String(channels),
    }));
  }
  const channels = audioEntries
    .find(({ attributes }) => attributes.has('CHANNELS'))
    ?.attributes.get('CHANNELS');
  const declared = codecsOf(entry);
  if (declared.length === 0) return [{ codec: '', channels }];
  return declared.filter((codec) => !isVideo(codec)).map((codec) => ({ codec, channels }));
}

const isVideo = (codec: string): boolean => /^(avc|hvc|hev|dv|av0|vp0|stpp|wvtt)/i.test(codec);

function* checkMuxed(uri: string, { entry, name, video }: VariantView): Generator<Finding> {
  const isMuxed = video && findTrack(video, 'audio') && findTrack(video, 'video');
  const isDeclaredMuxed = !entry.attributes.has('AUDIO') && codecsOf(entry).length > 1;
  if (isMuxed || isDeclaredMuxed) {
    yield finding('4.2', uri, `variant ${name}: its segments contain both audio and video`);
  }
}

function* checkEntry(
  uri: string,
  entry: PlaylistEntry,
  rendition: LoadedRendition | undefined,
): Generator<Finding> {
  const name = `audio rendition ${nameEntry(entry)}`;
  const missing = ['NAME', 'LANGUAGE'].filter((each) => !entry.attributes.get(each));
  if (missing.length > 0) yield finding('4.3', uri, `${name} does not declare ${missing.join(', ')}`);
  const declared = entry.attributes.get('CHANNELS');
  if (!declared) yield finding('4.5', uri, `${name} does not declare CHANNELS`);
  const found = rendition && findTrack(rendition, 'audio')?.channels;
  if (declared && found && declared.split('/')[0] !== String(found)) {
    yield finding('4.6', uri, `${name}: CHANNELS declares ${declared}, but the media has ${found}`);
  }
}

function* checkGroup(uri: string, groupId: string, entries: readonly PlaylistEntry[]): Generator<Finding> {
  const defaults = entries.filter(({ attributes }) => attributes.get('DEFAULT') === 'YES').length;
  if (defaults > 1)
    yield finding(
      '4.4',
      uri,
      `audio group ${groupId} has ${defaults} default renditions, but one is allowed`,
    );
  if (defaults === 0) yield finding('4.7', uri, `audio group ${groupId} has no default rendition`);
  const names = entries.map(({ attributes }) => attributes.get('NAME'));
  if (new Set(names).size < names.length) {
    yield finding('4.4', uri, `audio group ${groupId} has two renditions with the same name`);
  }
}
