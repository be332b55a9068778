// Checks names against the words table and lines against the width limit, in every source or below the
// folders given. Prints the findings, their number for each top folder, and exits with 1 if there are any.
import { listSources } from './sources/list-sources.mjs';
import { reportFindings } from './sources/report-findings.mjs';
import { findBannedWords } from './words/find-banned-words.mjs';
import { findLongLines } from './words/find-long-lines.mjs';

const folders = process.argv.slice(2);
const sources = listSources().filter(
  ({ path }) => folders.length === 0 || folders.some((folder) => path.startsWith(folder)),
);
const findings = sources.flatMap(({ path, text }) => [
  ...findBannedWords(path, text),
  ...findLongLines(path, text),
]);
reportFindings('words and line widths', sources.length, findings);
