import { expect, test } from 'vitest';
import { createTitleId, publicationIdOf } from '#core/contracts/ids.js';
import { parseMediaPath } from '#encoder/origin/parse-media-path.js';

const publicationId = publicationIdOf(createTitleId(), 1);

test.each([
  ['v/h264-720/00041.m4s', 'video/mp4'],
  ['a/en-2/00041.m4s', 'audio/mp4'],
  ['a/en-2/init.mp4', 'audio/mp4'],
  ['multivariant.m3u8', 'application/vnd.apple.mpegurl'],
  ['images/poster.jpg', 'image/jpeg'],
])('reads %s', (path, contentType) => {
  const media = { publicationId, path, contentType };
  expect(parseMediaPath(`/media/${publicationId}/${path}`)).toEqual(media);
  expect(parseMediaPath(`/media/${publicationId}/${path}?anything=%2e%2e`)).toEqual(media);
});

test.each([
  ['the parent folder', `/media/${publicationId}/../x.m4s`],
  ['a parent folder deeper down', `/media/${publicationId}/v/../../x.m4s`],
  ['the same folder', `/media/${publicationId}/./x.m4s`],
  ['the plan', `/media/${publicationId}/plan.json`],
  ['the facts of a span', `/media/${publicationId}/v/h264-720/span-0.json`],
  ['the publication itself', `/media/${publicationId}/`],
  ['another publication id', '/media/x/v/h264-720/00041.m4s'],
  ['no generation', `/media/${publicationId.slice(0, 36)}/v/a/00041.m4s`],
  ['another root', '/titles/x.json'],
  ['a long path', `/media/${publicationId}/${'v/'.repeat(200)}x.m4s`],
])('knows no object for %s', (_case, target) => {
  expect(parseMediaPath(target)).toBeUndefined();
});

test.each([
  ['an escaped dot', '%2e%2e/x.m4s'],
  ['an escaped slash', '..%2fx.m4s'],
  ['a double escape', '%252e%252e/x.m4s'],
  ['a backslash', '..\\x.m4s'],
  ['an escaped backslash', '..%5cx.m4s'],
  ['an escaped NUL', 'x%00.m4s'],
  ['a broken escape', '%zz.m4s'],
  ['an empty element', 'v//x.m4s'],
  ['a path parameter', 'x.m3u8;x.m4s'],
  ['a space', 'a b.m4s'],
])('refuses %s as it stands', (_case, path) => {
  expect(parseMediaPath(`/media/${publicationId}/${path}`)).toBe('malformed');
});

test.each(['http://elsewhere/media/x', '*', ''])('refuses the target %j', (target) => {
  expect(parseMediaPath(target)).toBe('malformed');
});
