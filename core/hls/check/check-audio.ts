import { type Finding, finding } from '#core/hls/check/finding.js';
import {
  groupsOf,
  kindOfTrack,
  type LoadedPresentation,
  nameOfEntry,
  type VariantView,
  variantsOf,
} from '#core/hls/check/presentation.js';
import type { PlaylistEntry } from '#core/hls/read-playlist.js';

/** Rules 4: sound. */
export function* checkAudio(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant } = presentation;
  if (!multivariant) return;
  for (const variant of variantsOf(presentation)) yield* checkVariantAudio(multivariant.uri, variant);
  for (const [groupId, entries] of groupsOf(multivariant, 'AUDIO')) {
    for (const entry of entries) yield* checkEntry(multivariant.uri, entry);
    yield* checkGroup(multivariant.uri, groupId, entries);
  }
}

/** AAC LC and its high-efficiency kinds (RFC 6381: MPEG-4 audio object types). */
const aac = /^mp4a\.40\.(2|5|29|42)$/i;

function* checkVariantAudio(
  uri: string,
  { entry, name, video, audioEntries: entries, audio }: VariantView,
): Generator<Finding> {
  const codecs = (entry.attributes.get('CODECS') ?? '').split(',').map((codec) => codec.trim());
  const groupId = entry.attributes.get('AUDIO');
  // Sound inside the variant declares no channels.
  const channels =
    groupId === undefined
      ? ['2']
      : [...new Set(entries.map((each) => each.attributes.get('CHANNELS') ?? '2'))];
  if (!codecs.some((codec) => aac.test(codec)) || !channels.some((count) => count.split('/')[0] === '2')) {
    const message = `variant ${name}: there is no stereo AAC to play with it (${codecs.join(', ') || 'no CODECS'}; ${channels.join(', ')} channels)`;
    yield finding('4.1', uri, message);
  }
  const isMuxed =
    video !== undefined && kindOfTrack(video, 'audio') !== undefined && kindOfTrack(video, 'video');
  if (isMuxed || (groupId === undefined && codecs.length > 1)) {
    yield finding('4.2', uri, `variant ${name}: its segments hold sound and picture together`);
    return;
  }
  const declared = entries.find((each) => each.attributes.get('CHANNELS'))?.attributes.get('CHANNELS');
  const found = audio.map((rendition) => kindOfTrack(rendition, 'audio')?.channels).find(Boolean);
  if (entries.length === 1 && found !== undefined && declared && declared.split('/')[0] !== String(found)) {
    yield finding('4.3', uri, `group ${groupId}: CHANNELS says ${declared}, the media has ${found}`);
  }
}

function* checkEntry(uri: string, entry: PlaylistEntry): Generator<Finding> {
  const missing = ['NAME', 'LANGUAGE', 'CHANNELS'].filter((name) => !entry.attributes.get(name));
  if (missing.length === 0) return;
  yield finding('4.3', uri, `audio rendition ${nameOfEntry(entry)} does not declare ${missing.join(', ')}`);
}

function* checkGroup(uri: string, groupId: string, entries: readonly PlaylistEntry[]): Generator<Finding> {
  const defaults = entries.filter(({ attributes }) => attributes.get('DEFAULT') === 'YES').length;
  if (defaults !== 1) yield finding('4.4', uri, `audio group ${groupId} has ${defaults} defaults, not one`);
  const names = entries.map(({ attributes }) => attributes.get('NAME'));
  if (new Set(names).size < names.length) {
    yield finding('4.4', uri, `audio group ${groupId} has two renditions of one name`);
  }
}
