import type { AudioRendition } from '#core/contracts/plan.js';
import { type JoinedAudio, joinMonoTracks } from '#planning/audio/join-mono-tracks.js';
import type { ProbedStream } from '#planning/source/probe-report.js';

/** More languages than this in one title are left out, with a note in the plan. */
export const maxAudioRenditions = 8;
const sampleRate = 48_000;
const stereoBitsPerSecond = 128_000;

/** ISO 639-2/B codes that ISO 639-2/T and BCP 47 spell otherwise, and the two-letter codes BCP 47 prefers. */
const preferredLanguages: Record<string, string> = {
  eng: 'en',
  ger: 'de',
  deu: 'de',
  fre: 'fr',
  fra: 'fr',
  spa: 'es',
  ita: 'it',
  por: 'pt',
  rus: 'ru',
  jpn: 'ja',
  chi: 'zh',
  zho: 'zh',
  kor: 'ko',
  ara: 'ar',
  hin: 'hi',
  tur: 'tr',
  pol: 'pl',
  dut: 'nl',
  nld: 'nl',
  swe: 'sv',
  nor: 'no',
  dan: 'da',
  fin: 'fi',
  cze: 'cs',
  ces: 'cs',
  hun: 'hu',
  gre: 'el',
  ell: 'el',
  heb: 'he',
  tha: 'th',
  vie: 'vi',
  ukr: 'uk',
  rum: 'ro',
  ron: 'ro',
  ind: 'id',
};

/** BCP 47 from a container's tag; `und` where it says nothing usable. */
export function languageOf(stream: Pick<ProbedStream, 'tags'>): string {
  const [primary = ''] = (stream.tags.language ?? stream.tags.LANGUAGE ?? '').toLowerCase().split(/[-_]/);
  const declared = primary.slice(0, 3);
  if (!/^[a-z]{2,3}$/.test(declared)) return 'und';
  return preferredLanguages[declared] ?? declared;
}

/**
 * One stereo rendition a sound track, or of the mono tracks that are its channels: stereo AAC is what every device plays. A film without sound gets silence, so that
 * every publication has the same shape and players never wait for a track that will not come.
 */
export function planAudio(streams: readonly ProbedStream[]): AudioRendition[] {
  if (streams.length === 0)
    return [rendition('und-2', null, 'und', true, 'the source has no sound: silence')];
  const chosen = joinMonoTracks(streams).slice(0, maxAudioRenditions);
  const best = chosen.reduce((one, other) => (fitness(other.stream) > fitness(one.stream) ? other : one));
  const count = counter();
  const countName = counter();
  return chosen.map((audio) => {
    const { stream, channelTracks } = audio;
    const language = languageOf(stream);
    const languageCount = count(language);
    const renditionId = languageCount === 1 ? `${language}-2` : `${language}-2-${languageCount}`;
    const name = displayName(language);
    const nameCount = countName(name);
    return {
      ...rendition(
        renditionId,
        stream.index,
        language,
        audio === best,
        reasonOf(audio),
        // NAME is unique in its group (RFC 8216 4.3.4.1.1), and two languages can share one name.
        nameCount === 1 ? name : `${name} ${nameCount}`,
        hasUnknownLayout(stream) ? 'first-two' : 'all',
      ),
      ...(channelTracks ? { channelTracks } : {}),
    };
  });
}

function reasonOf({ stream, channelTracks }: JoinedAudio): string {
  const codec = stream.codec_name ?? 'unknown';
  const hertz = `${stream.sample_rate ?? 0} Hz`;
  if (channelTracks) {
    const tracks = channelTracks.map(({ streamIndex, channel }) => `${streamIndex} (${channel})`).join(', ');
    return `tracks ${tracks}: ${codec}, one channel each, ${hertz}`;
  }
  const taken = hasUnknownLayout(stream) ? ', of which the first two are taken' : '';
  return `track ${stream.index}: ${codec}, ${stream.channels ?? 0} channels, ${hertz}${taken}`;
}

/** Commentary, descriptions and the like: nobody's choice who did not ask for them, not even where they come first. */
const asides = ['comment', 'visual_impaired', 'hearing_impaired', 'descriptions', 'clean_effects', 'karaoke'];

/** For being the one that is heard unless another is chosen; the container's default counts among equals. */
const fitness = ({ disposition }: ProbedStream): number =>
  (asides.some((aside) => disposition[aside] === 1) ? 0 : 2) + (disposition['default'] === 1 ? 1 : 0);

/** Up to so many channels have places by convention; more of them are separate recordings, the mix first. */
const maxLayoutChannels = 8;

const hasUnknownLayout = ({ channels = 0, channel_layout: layout = 'unknown' }: ProbedStream): boolean =>
  channels > maxLayoutChannels && layout === 'unknown';

function rendition(
  renditionId: string,
  streamIndex: number | null,
  language: string,
  isDefault: boolean,
  reason: string,
  name = displayName(language),
  mix: AudioRendition['mix'] = 'all',
): AudioRendition {
  return {
    renditionId,
    streamIndex,
    language,
    name,
    channels: 2,
    mix,
    sampleRate,
    bitsPerSecond: stereoBitsPerSecond,
    codecString: 'mp4a.40.2',
    isDefault,
    reason,
  };
}

function displayName(language: string): string {
  if (language === 'und') return 'Main';
  return new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' }).of(language) ?? language;
}

/** Counts how often it has been given each text: 1 for the first time. */
function counter(): (text: string) => number {
  const counts = new Map<string, number>();
  return (text) => {
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    return count;
  };
}
