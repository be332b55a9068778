/**
 * Words that no identifier and no file name contains, each with what to write instead.
 * @type {ReadonlyMap<string, string>}
 */
export const bannedWords = new Map([
  ['asset', 'title'],
  ['believed', 'measured, or the value itself'],
  ['cut', 'truncation, or split and trim for what we do'],
  ['film', 'title, source, clip or video'],
  ['largest', 'max…'],
  ['least', 'min…'],
  ['longest', 'max…'],
  ['look', 'probe, analyse, scan, poll or check'],
  ['master', 'multivariant'],
  ['most', 'max…'],
  ['oblong', 'nonSquare'],
  ['original', 'source'],
  ['picture', 'video or frame'],
  ['place', 'location, sample window, position or channel'],
  ['sound', 'audio'],
  ['standing', 'status or stored'],
  ['told', 'declared or reported'],
]);

/** Folders in which a clock can only be a timestamp: elsewhere it is the wall clock. */
export const mediaFolders = /^(planning|core\/(hls|isobmff)|workers\/(containers|segments|source))\//;

export const mediaClock = 'timestamp, PTS, DTS or PCR';

/**
 * Names that are not ours to choose. `files` limits an entry to the paths it matches.
 * @type {readonly { name: string, reason: string, files?: RegExp }[]}
 */
export const allowedNames = [
  { name: 'assetsInlineLimit', reason: 'an option of vite' },
  { name: 'originalResponse', reason: 'a property of the errors of tus-js-client' },
  { name: 'picture', reason: 'a field of plans of schema version 1', files: /^core\/contracts\/plan\b/ },
  { name: 'place', reason: 'a field of plans of schema version 1', files: /^core\/contracts\/plan\b/ },
];
