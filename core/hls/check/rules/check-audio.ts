import {
  findTrack,
  groupEntries,
  type LoadedPresentation,
  type LoadedRendition,
  listVariants,
  nameEntry,
  type VariantView,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import type { PlaylistEntry } from '#core/hls/read/playlist.js';

/** Rules 4: sound. */
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

/** AAC LC and its high-efficiency kinds (RFC 6381: MPEG-4 audio object types). */
const aac = /^mp4a\.40\.(2|5|29|42)$/i;

const codecsOf = ({ attributes }: PlaylistEntry): string[] =>
  (attributes.get('CODECS') ?? '').split(',').flatMap((codec) => codec.trim() || []);

/** It is enough that some variants have it: others may come with surround sound. */
function* checkStereoAac(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  const audioTracks = variants.flatMap(audioFormatsOf);
  if (variants.length === 0 || audioTracks.some(isStereoAac)) return;
  const found = new Set(audioTracks.map(({ codec, channels }) => `${codec} of ${channels ?? '?'} channels`));
  const instead = found.size > 0 ? [...found].join(', ') : 'no sound';
  yield finding('4.1', uri, `no variant has stereo AAC to play with it: there is ${instead}`);
}

interface AudioFormat {
  codec: string;
  channels: string | undefined;
}

/** Where neither the media nor its playlist tells, it may well be. */
const isStereoAac = ({ codec, channels }: AudioFormat): boolean =>
  (aac.test(codec) || codec === '') && (channels ?? '2').split('/')[0] === '2';

/** What the media says of its sound counts; else what is declared. */
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
  const saysSo = !entry.attributes.has('AUDIO') && codecsOf(entry).length > 1;
  if (isMuxed || saysSo)
    yield finding('4.2', uri, `variant ${name}: its segments hold sound and picture together`);
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
    yield finding('4.6', uri, `${name}: CHANNELS says ${declared}, the media has ${found}`);
  }
}

function* checkGroup(uri: string, groupId: string, entries: readonly PlaylistEntry[]): Generator<Finding> {
  const defaults = entries.filter(({ attributes }) => attributes.get('DEFAULT') === 'YES').length;
  if (defaults > 1) yield finding('4.4', uri, `audio group ${groupId} has ${defaults} defaults, not one`);
  if (defaults === 0) yield finding('4.7', uri, `audio group ${groupId} has no default`);
  const names = entries.map(({ attributes }) => attributes.get('NAME'));
  if (new Set(names).size < names.length) {
    yield finding('4.4', uri, `audio group ${groupId} has two renditions of one name`);
  }
}
