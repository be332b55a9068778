import { checkInit, checkSegment } from '#cli/job/check-segment.js';
import { type Fetched, fetchWhole } from '#cli/job/fetch-from-edge.js';
import {
  type MediaList,
  type PlaylistReference,
  readMediaPlaylist,
  readMultivariant,
} from '#cli/job/read-playlist.js';

export interface PublicationCheck {
  playlists: number;
  segments: number;
  bytes: number;
  /** Addresses of the edges that served it. */
  edges: string[];
}

/** Asks delivery for every rendition there is, whatever this client's name suggests. */
const everyRendition = 'h264,hevc,av1,hdr,4320p';
const fetchesAtOnce = 6;
/** One frame at the lowest rate we write is 42 ms; an AAC frame is 21 ms. */
const toleranceSeconds = 0.1;

/**
 * Fetches a publication as players would, through the edges that delivery names: every media playlist on every
 * pathway, every init and media segment once, the pathways taking turns. Rejects with the first thing that is wrong.
 */
export async function checkPublication(playlistUrl: string, signal: AbortSignal): Promise<PublicationCheck> {
  const address = new URL(playlistUrl);
  address.searchParams.set('caps', everyRendition);
  const multivariant = await fetchWhole(address.href, signal);
  const references = readMultivariant(multivariant);
  const playlists = await inBatches(references, (reference) => fetchWhole(reference.url, signal));
  const renditions = groupRenditions(references, playlists);
  const check: PublicationCheck = {
    playlists: references.length + 1,
    segments: 0,
    bytes: [multivariant, ...playlists].reduce((sum, { bytes }) => sum + bytes.length, 0),
    edges: [...new Set(references.map(({ url }) => new URL(url).origin))],
  };
  const totals: number[] = [];
  for (const [index, pathways] of renditions.entries()) {
    const playlist = pathways[index % pathways.length] as Fetched;
    const media = readMediaPlaylist(playlist);
    const fetched = await checkRendition(media, playlist.url, signal);
    check.segments += fetched.segments;
    check.bytes += fetched.bytes;
    totals.push(media.pieces.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0));
  }
  const [shortest, longest] = [Math.min(...totals), Math.max(...totals)];
  if (longest - shortest > toleranceSeconds)
    throw new Error(`renditions last from ${shortest.toFixed(3)} to ${longest.toFixed(3)} s`);
  return check;
}

/** Playlists of one rendition on all pathways, which must be equal. I-frame playlists point into segments checked anyway. */
function groupRenditions(references: readonly PlaylistReference[], fetched: readonly Fetched[]): Fetched[][] {
  const byText = new Map<string, Fetched[]>();
  references.forEach((reference, index) => {
    const playlist = fetched[index] as Fetched;
    readMediaPlaylist(playlist);
    if (reference.iframesOnly) return;
    const rendition = new URL(reference.url).pathname.split('/').slice(-3).join('/');
    const others = byText.get(rendition) ?? [];
    const [first] = others;
    if (first && !first.bytes.equals(playlist.bytes))
      throw new Error(`${playlist.url} differs from ${first.url}: one rendition on two edges`);
    byText.set(rendition, [...others, playlist]);
  });
  return [...byText.values()];
}

async function checkRendition(
  media: MediaList,
  playlistUrl: string,
  signal: AbortSignal,
): Promise<{ segments: number; bytes: number }> {
  if (media.initUrl === undefined) throw new Error(`${playlistUrl} names no init segment (EXT-X-MAP)`);
  const init = await fetchWhole(media.initUrl, signal);
  const shape = checkInit(init);
  const starts = startsOf(media);
  const lengths = await inBatches(media.pieces, async (piece, index) => {
    const fetched = await fetchWhole(piece.url, signal);
    const times = checkSegment(fetched, shape);
    const start = starts[index] as number;
    assertNear(`${piece.url} begins`, times.startSeconds, start);
    assertNear(`${piece.url} lasts`, times.durationSeconds, piece.durationSeconds);
    return fetched.bytes.length;
  });
  return {
    segments: media.pieces.length + 1,
    bytes: lengths.reduce((sum, bytes) => sum + bytes, init.bytes.length),
  };
}

function startsOf(media: MediaList): number[] {
  let start = 0;
  return media.pieces.map(({ durationSeconds }) => {
    const own = start;
    start += durationSeconds;
    return own;
  });
}

function assertNear(what: string, seconds: number, declaredSeconds: number): void {
  if (Math.abs(seconds - declaredSeconds) <= toleranceSeconds) return;
  throw new Error(
    `${what} ${seconds.toFixed(3)} s, its playlist says ${declaredSeconds.toFixed(3)} s: ${Math.abs(seconds - declaredSeconds).toFixed(3)} s apart`,
  );
}

/** Runs `work` on all items, a few at a time; the results in the items' order. */
async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    for (let index = next; index < items.length; index = next) {
      next += 1;
      results[index] = await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(fetchesAtOnce, items.length) }, runner));
  return results;
}
