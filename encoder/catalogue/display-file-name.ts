/**
 * Control characters, Unicode line and paragraph separators, bidirectional overrides, unpaired surrogates.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;
/** Whole ANSI control sequences (ECMA-48 5.4): removing only the ESC would leave `[31m` behind. */
// oxlint-disable-next-line no-control-regex -- removes control characters
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

const maxFileName = 255;
const maxName = 200;

/**
 * Makes a file name fit to show: one printable line of at most 255 UTF-16 units. `../x` and `-y.mp4` are
 * accepted, since no path, argument or filter contains the name.
 */
export function displayFileName(given: string): string {
  const printable = toOneLine(given);
  return printable === '' ? 'unnamed' : shorten(printable, maxFileName);
}

/** Name of a title: as given, else the file name without its extension. */
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

/** Shortens without splitting a surrogate pair. */
function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - 1;
  const last = text.charCodeAt(end - 1);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end).trimEnd()}…`;
}
