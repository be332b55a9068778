/** Control characters, line breaks that are none (U+2028, U+2029), bidirectional overrides, and unpaired surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;
/** ANSI control sequences (ECMA-48 5.4) whole: without their ESC alone, `[31m` would stay behind. */
// oxlint-disable-next-line no-control-regex -- it is control characters that are taken out
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

const maxFileName = 255;
const maxName = 200;

/**
 * A file name as it may be shown: one line, printable, of at most 255 UTF-16 units. Only ever shown: `../x` or `-y.mp4`
 * are as good as any, since no path, argument or filter is made of it.
 */
export function displayFileName(given: string): string {
  const printable = toOneLine(given);
  return printable === '' ? 'unnamed' : shorten(printable, maxFileName);
}

/** A title's name: as given, else the file's name without its extension. */
export function displayTitleName(given: string | undefined, fileName: string): string {
  const named = toOneLine(given ?? '');
  if (named !== '') return shorten(named, maxName);
  const shown = displayFileName(fileName);
  const stem = shown.replace(/\.[A-Za-z0-9]{1,5}$/, '').trim();
  return shorten(stem === '' ? shown : stem, maxName);
}

function toOneLine(text: string): string {
  return text.replace(ANSI, '').replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
}

/** Never cuts a surrogate pair in two. */
function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 1;
  const last = text.charCodeAt(end - 1);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end).trimEnd()}…`;
}
