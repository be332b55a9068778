import { type ByteRange, type MediaPlaylist, type ReadSegment, resolveUri } from '#core/hls/read/playlist.js';
import { type PlaylistLine, readAttributes } from '#core/hls/read/read-lines.js';

/** A week of 6-s segments. */
const maxSegments = 100_000;
/** Total length of the absolute addresses: a short URI can resolve to a long one, once per segment. */
const maxAddressCharacters = 2 ** 25;

/** The tags that apply to the next segment only. */
const noTags = { durationSeconds: 0, range: '', isDiscontinuous: false, isGap: false };

/** Reads the segments of a media playlist, up to the limits above. */
export function readSegments(
  lines: readonly PlaylistLine[],
  base: string,
): Pick<MediaPlaylist, 'segments' | 'excess'> {
  const segments: ReadSegment[] = [];
  let tags = { ...noTags };
  let map: ReadSegment['map'];
  let isEncrypted = false;
  let characters = 0;
  for (const { tag, value } of lines) {
    if (tag === 'EXTINF') tags.durationSeconds = readSeconds(value);
    if (tag === 'EXT-X-BYTERANGE') tags.range = value;
    if (tag === 'EXT-X-DISCONTINUITY') tags.isDiscontinuous = true;
    if (tag === 'EXT-X-GAP') tags.isGap = true;
    if (tag === 'EXT-X-KEY') isEncrypted = readAttributes(value).get('METHOD') !== 'NONE';
    if (tag === 'EXT-X-MAP') map = readMap(value, base);
    if (tag !== '' || value === '') continue;
    if (segments.length === maxSegments) return { segments, excess: describeCount(lines) };
    const uri = resolveUri(value, base);
    characters += uri.length;
    if (characters > maxAddressCharacters) {
      return { segments, excess: describeLength(segments.length, characters) };
    }
    const { range, ...facts } = tags;
    segments.push({ ...facts, uri, range: readRange(range, segments.at(-1), uri), map, isEncrypted });
    tags = { ...noTags };
  }
  return { segments, excess: undefined };
}

function describeCount(lines: readonly PlaylistLine[]): string {
  const found = lines.filter(({ tag, value }) => tag === '' && value !== '').length;
  return `it has ${found} segments, over the limit of ${maxSegments}`;
}

const describeLength = (segmentIndex: number, characters: number): string =>
  `the addresses up to segment ${segmentIndex} have ${characters} characters, ` +
  `over the limit of ${maxAddressCharacters}`;

function readSeconds(value: string): number {
  const seconds = Number.parseFloat(value);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

function readMap(value: string, base: string): ReadSegment['map'] {
  const attributes = readAttributes(value);
  const uri = attributes.get('URI');
  if (uri === undefined) return undefined;
  return { uri: resolveUri(uri, base), range: readRange(attributes.get('BYTERANGE') ?? '', undefined, '') };
}

/**
 * Reads `length[@offset]`. Without an offset the range starts where the previous one ended (RFC 8216
 * 4.3.2.2).
 */
function readRange(text: string, before: ReadSegment | undefined, uri: string): ByteRange | undefined {
  const match = /^(\d{1,15})(?:@(\d{1,15}))?$/.exec(text.trim());
  if (!match) return undefined;
  const after = before?.uri === uri && before.range ? before.range.offsetBytes + before.range.lengthBytes : 0;
  return { lengthBytes: Number(match[1]), offsetBytes: match[2] === undefined ? after : Number(match[2]) };
}
