import { expect, test } from 'vitest';
import { findBannedWords } from '#scripts/words/find-banned-words.mjs';
import { findLongLines } from '#scripts/words/find-long-lines.mjs';

test.each<[name: string, text: string, instead: string]>([
  ['in a constant', 'export const oblongPixels = 1;', 'nonSquare'],
  ['in the plural', 'export const sounds = [];', 'audio'],
  ['in a function', 'function lookAt() {}', 'probe'],
  ['in a class', 'class PictureTrack {}', 'video'],
  ['in a private field', 'class A { #film = 1; }', 'clip'],
  ['in a parameter', 'export const f = (told: number) => told;', 'declared'],
  ['in a property', 'export const a = { cut: 1 };', 'truncation'],
  ['in a type', 'interface MasterPlaylist {}', 'multivariant'],
  ['in a type member', 'interface A { longestGap: number }', 'max'],
  ['in snake case', 'export const least_bits = 1;', 'min'],
  ['in capitals', 'export const MOST_BITS = 1;', 'max'],
])('finds a banned word %s and says what to write', (_where, text, instead) => {
  expect(findBannedWords('edge/a.ts', text)).toEqual([expect.stringMatching(`^edge/a.ts:1: .*${instead}`)]);
});

test('finds a banned word in a JSX element', () => {
  expect(findBannedWords('web/src/a.tsx', 'export const a = () => <Picture.Frame />;')).toHaveLength(1);
});

test('finds a banned word in the path of a file', () => {
  expect(findBannedWords('edge/judge-place.ts', '')).toEqual([
    'edge/judge-place.ts: the path contains "place": write location, sample window, position or channel',
  ]);
});

test('finds a clock where only a timestamp can be meant, and allows the wall clock elsewhere', () => {
  expect(findBannedWords('planning/a.ts', 'export const clockStep = 1;')).toEqual([
    expect.stringContaining('write timestamp'),
  ]);
  expect(findBannedWords('core/runtime/a.ts', 'export const clockStep = 1;')).toEqual([]);
});

test('names each identifier once, with the line of its first use', () => {
  expect(findBannedWords('edge/a.ts', '\nlet cut = 1;\ncut += 1;\nexport { cut };')).toEqual([
    expect.stringMatching(/^edge\/a\.ts:2: cut contains "cut"/),
  ]);
});

test.each([
  [
    'words that only contain one',
    'export const [lookup, placeholder, replaced, outstanding, executed] = [];',
  ],
  ['names of other libraries', 'export const a = (error) => error.originalResponse;'],
  ['comments and strings', "// a picture\nexport const a = 'most';"],
])('allows %s', (_name, text) => {
  expect(findBannedWords('edge/a.ts', text)).toEqual([]);
});

const words = 'words '.repeat(20);
const word = 'x'.repeat(120);

test.each([
  ['a line comment', `// ${words}`],
  ['a comment behind code', `const a = 1; // ${words}`],
  ['a line of a block comment', `/**\n * ${words}\n */`],
  ['code', `const ${word} = 1;`],
  ['code behind a string', `const a = ['${'x'.repeat(90)}', ${word}];`],
])('finds %s over 110 columns', (_name, text) => {
  expect(findLongLines('edge/a.ts', text)).toEqual([expect.stringMatching(/^edge\/a\.ts:\d: \d+ columns/)]);
});

test.each([
  ['a string', `const a = '${words}';`],
  ['a template', `const a = \`${words}\`;`],
  ['a regular expression', `const a = /${words}/;`],
  ['a comment of one long word', `// https://example.com/${word}\n/** ${word} */\n/**\n * ${word}\n */`],
  ['what follows a string that ends at the limit', `f(\n'${'x'.repeat(108)}',\n)`],
  ['110 columns', `// ${'x '.repeat(53)}x`],
])('allows %s', (_name, text) => {
  expect(findLongLines('edge/a.ts', text)).toEqual([]);
});
