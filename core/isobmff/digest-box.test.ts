import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkDigest, withDigest, withoutDigest } from '#core/isobmff/digest-box.js';
import { writeBox } from '#core/isobmff/write-box.js';

const segment = Buffer.concat([
  writeBox('moof', Buffer.alloc(40, 1)),
  writeBox('mdat', Buffer.alloc(300, 2)),
]);
const stored = withDigest(segment);

test('an unchanged segment matches its digest, and is found again without it', () => {
  expect(checkDigest(stored)).toBe('valid');
  expect(withoutDigest(stored)).toEqual(segment);
});

test('any changed bit is a mismatch, the digest included', () => {
  fc.assert(
    fc.property(fc.nat(stored.length * 8 - 1), (bit) => {
      const changed = Buffer.from(stored);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(checkDigest(changed)).toBe('mismatch');
    }),
  );
});

test('a truncated segment is a mismatch, wherever it ends inside a box', () => {
  for (let bytes = 8; bytes < stored.length; bytes += 1) {
    const isBetweenBoxes = bytes === 48 || bytes === segment.length;
    if (!isBetweenBoxes) expect(checkDigest(stored.subarray(0, bytes)), `${bytes} bytes`).toBe('mismatch');
  }
  expect(checkDigest(Buffer.alloc(0))).toBe('mismatch');
});

test('a segment of an earlier release has no digest', () => {
  expect(checkDigest(segment)).toBe('absent');
  expect(withoutDigest(segment)).toBe(segment);
});
