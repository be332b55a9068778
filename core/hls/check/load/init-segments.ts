import { recordDefect } from '#core/hls/check/load/record-defect.js';
import type { ResourceReader } from '#core/hls/check/load/resource-reader.js';
import { isTransportStream } from '#core/hls/check/load/segment-format.js';
import type { MediaPlaylist, ReadSegment } from '#core/hls/read/playlist.js';
import { IsobmffError } from '#core/isobmff/read-boxes.js';
import { readTracks, type TrackFacts } from '#core/isobmff/read-init.js';

/** A rendition joined from several sources has one init segment for each. */
const maxInits = 50;
/** Enough for video, audio and captions; an init segment of 4 MiB could describe thousands. */
const maxTracks = 32;

type InitMap = NonNullable<ReadSegment['map']>;

const mapKey = ({ uri, range }: InitMap): string => `${uri} ${range?.offsetBytes} ${range?.lengthBytes}`;

/** The init segments of one rendition. */
export class InitSegments {
  /** By `mapKey`; empty if the init segment could not be read. */
  private readonly tracksByMap = new Map<string, readonly TrackFacts[]>();
  /** Whether one of them is an MP4, readable or not. */
  hasMp4 = false;

  /** Reads the init segments that the playlist names, up to the limit. */
  async read(
    resources: ResourceReader,
    { name, playlist }: { name: string; playlist: MediaPlaylist },
  ): Promise<void> {
    const maps = new Map(playlist.segments.flatMap(({ map }) => (map ? [[mapKey(map), map]] : [])));
    const read = [...maps].slice(0, maxInits);
    const note = (sentence: string): void => resources.note(`rendition ${name}: ${sentence}`);
    if (maps.size > 1) note('it has several init segments; its tracks are those of the first');
    if (read.length < maps.size) note(`${read.length} of its ${maps.size} init segments were read`);
    for (const [index, [key, map]] of read.entries()) {
      const label = `rendition ${name}: its init segment${index === 0 ? '' : ` ${index + 1}`}`;
      const { bytes, record } = await resources.read(map.uri, { role: 'init', label, range: map.range });
      this.tracksByMap.set(key, []);
      // The tables of a transport stream may be separate (RFC 8216 4.3.2.5); its segments are read without
      // them.
      if (bytes.length === 0 || isTransportStream(bytes)) continue;
      this.hasMp4 = true;
      await recordDefect(record, () => this.tracksByMap.set(key, readLimitedTracks(bytes)));
    }
  }

  /** Tracks of the first init segment that could be read; empty without one. */
  get firstTracks(): readonly TrackFacts[] {
    return [...this.tracksByMap.values()].find((tracks) => tracks.length > 0) ?? [];
  }

  /** Tracks to read a segment with; undefined if its init segment is over the limit. */
  tracksOf(map: InitMap): readonly TrackFacts[] | undefined {
    return this.tracksByMap.get(mapKey(map));
  }

  /**
   * Distinct codec strings of all init segments, or of `ownTracks` if there are no init segments. undefined
   * if any of them could not be read or is not supported.
   */
  codecStrings(ownTracks: readonly TrackFacts[]): string[] | undefined {
    const inits = this.tracksByMap.size > 0 ? [...this.tracksByMap.values()] : [ownTracks];
    const codecs = inits.flatMap((tracks) => tracks.map(({ codecString }) => codecString));
    if (inits.some((tracks) => tracks.length === 0) || codecs.includes(undefined)) return undefined;
    return [...new Set(codecs.filter((codec) => codec !== undefined))];
  }
}

/** Reads the tracks of an init segment. Throws IsobmffError if there are too many. */
export function readLimitedTracks(init: Buffer): TrackFacts[] {
  const tracks = readTracks(init);
  if (tracks.length <= maxTracks) return tracks;
  throw new IsobmffError(
    `its init segment describes ${tracks.length} tracks, over the limit of ${maxTracks}`,
  );
}
