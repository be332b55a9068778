import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTitleId } from '#core/contracts/ids.js';
import { titleRecordSchema } from '#core/contracts/title.js';
import { newTitleRecord } from '#encoder/catalogue/create-title.js';
import { displayFileName, displayTitleName } from '#encoder/catalogue/display-file-name.js';

test.each([
  ['a plain name', 'clip.mp4', 'clip.mp4'],
  ['a path', '../../etc/passwd', '../../etc/passwd'],
  ['an option', '-y.mp4', '-y.mp4'],
  ['line breaks', 'a\r\nSet-Cookie: x\n.mp4', 'a Set-Cookie: x .mp4'],
  ['terminal colours', '\u001b[31;1mred\u001b[0m.mp4', 'red.mp4'],
  ['a terminal title', '\u001b]0;pwned\u0007clip.mp4', 'clip.mp4'],
  ['a bidirectional override', 'gpj\u202e.mp4', 'gpj .mp4'],
  ['nothing', '', 'unnamed'],
  ['nothing printable', '\u0000\u0007', 'unnamed'],
  ['accents and other scripts', 'Ménage – 映画.mov', 'Ménage – 映画.mov'],
])('shows %s on one printable line', (_case, given, shown) => {
  expect(displayFileName(given)).toBe(shown);
});

test('derives a missing title name from the file name', () => {
  expect(displayTitleName(undefined, 'The Clip.final.mp4')).toBe('The Clip.final');
  expect(displayTitleName(' \n', '.mp4')).toBe('.mp4');
  expect(displayTitleName('Named', 'x.mp4')).toBe('Named');
});

test('accepts any names in a valid record', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 300 });
  fc.assert(
    fc.property(anyText, anyText, (fileName, name) => {
      const given = {
        name,
        fileName,
        bytes: 1,
        settings: { codecs: ['h264' as const], ladder: 'standard' as const },
      };
      const record = titleRecordSchema.parse(newTitleRecord(given, createTitleId(), new Date()));
      for (const text of [record.name, record.source.fileName])
        expect(text).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});
