import type { AudioRendition } from '#core/contracts/plan.js';
import { type JoinedAudio, joinMonoTracks } from '#planning/audio/join-mono-tracks.js';
import { readLanguage } from '#planning/audio/read-language.js';
import type { ProbedStream } from '#planning/source/probe-report.js';

/** Tracks beyond this number are left out, with a note in the plan. */
export const maxAudioRenditions = 8;

/**
 * Plans one stereo rendition for every audio track, or for every group of mono tracks that are its channels.
 * A source without audio gets a silent rendition: every publication then has the same shape, and players
 * never wait for audio that does not exist.
 */
export function planAudio(streams: readonly ProbedStream[]): AudioRendition[] {
  if (streams.length === 0) return [silence()];
  const chosen = joinMonoTracks(streams).slice(0, maxAudioRenditions);
  const best = chosen.reduce((one, other) => (fitness(other.stream) > fitness(one.stream) ? other : one));
  const countLanguage = counter();
  const countName = counter();
  return chosen.map((audio) => {
    const { stream, channelTracks } = audio;
    const language = readLanguage(stream);
    const name = displayName(language);
    const rendition = stereoRendition({
      renditionId: numbered(`${language}-2`, '-', countLanguage(language)),
      streamIndex: stream.index,
      language,
      // NAME is unique within its group (RFC 8216 4.3.4.1.1), but two languages may share one name.
      name: numbered(name, ' ', countName(name)),
      mix: hasUnknownLayout(stream) ? 'first-two' : 'all',
      isDefault: audio === best,
      reason: reasonOf(audio),
    });
    return channelTracks ? { ...rendition, channelTracks } : rendition;
  });
}

function silence(): AudioRendition {
  return stereoRendition({
    renditionId: 'und-2',
    streamIndex: null,
    language: 'und',
    name: displayName('und'),
    mix: 'all',
    isDefault: true,
    reason: 'the source has no audio: a silent track is added',
  });
}

type ChosenFields = Omit<
  AudioRendition,
  'channels' | 'sampleRate' | 'bitsPerSecond' | 'codecString' | 'channelTracks'
>;

/** A rendition in AAC-LC stereo, which every device plays. */
function stereoRendition(fields: ChosenFields): AudioRendition {
  const { renditionId, streamIndex, language, name, mix, isDefault, reason } = fields;
  return {
    ...{ renditionId, streamIndex, language, name },
    channels: 2,
    mix,
    sampleRate: 48_000,
    bitsPerSecond: 128_000,
    codecString: 'mp4a.40.2',
    ...{ isDefault, reason },
  };
}

const numbered = (text: string, separator: string, count: number): string =>
  count === 1 ? text : `${text}${separator}${count}`;

function reasonOf({ stream, channelTracks }: JoinedAudio): string {
  const codec = stream.codec_name ?? 'unknown';
  const hertz = `${stream.sample_rate ?? 0} Hz`;
  if (channelTracks) {
    const tracks = channelTracks.map(({ streamIndex, channel }) => `${streamIndex} (${channel})`).join(', ');
    return `tracks ${tracks}: ${codec}, one channel each, ${hertz}`;
  }
  const used = hasUnknownLayout(stream) ? ', only the first two are used' : '';
  return `track ${stream.index}: ${codec}, ${stream.channels ?? 0} channels, ${hertz}${used}`;
}

/** Dispositions of tracks that must not play by default, even if they come first. */
const secondaryDispositions = [
  'comment',
  'visual_impaired',
  'hearing_impaired',
  'descriptions',
  'clean_effects',
  'karaoke',
];

/**
 * How suitable a track is as the default: main audio before secondary audio, then the container's default.
 */
const fitness = ({ disposition }: ProbedStream): number =>
  (secondaryDispositions.some((name) => disposition[name] === 1) ? 0 : 2) +
  (disposition['default'] === 1 ? 1 : 0);

/**
 * Channel layouts are defined by convention up to this number; more channels are separate recordings, the mix
 * first.
 */
const maxLayoutChannels = 8;

const hasUnknownLayout = ({ channels = 0, channel_layout: layout = 'unknown' }: ProbedStream): boolean =>
  channels > maxLayoutChannels && layout === 'unknown';

function displayName(language: string): string {
  if (language === 'und') return 'Main';
  return new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' }).of(language) ?? language;
}

/** Returns a function that counts how often it was called with each text: 1 for the first time. */
function counter(): (text: string) => number {
  const counts = new Map<string, number>();
  return (text) => {
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    return count;
  };
}
