import type { ProbedStream } from '#planning/source/probe-report.js';

/** ISO 639-2 codes, bibliographic and terminological, with the two-letter codes that BCP 47 prefers. */
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

/** Reads a track's BCP 47 language from its tags; `und` if they hold no language code. */
export function readLanguage(stream: Pick<ProbedStream, 'tags'>): string {
  const [primary = ''] = (stream.tags.language ?? stream.tags.LANGUAGE ?? '').toLowerCase().split(/[-_]/);
  const declared = primary.slice(0, 3);
  if (!/^[a-z]{2,3}$/.test(declared)) return 'und';
  return preferredLanguages[declared] ?? declared;
}
