import type { ListedRendition } from '#core/hls/check/load/list-renditions.js';
import type { Asking } from '#core/hls/check/load/presentation-reader.js';
import { findIframeDefect, readSegmentMedia } from '#core/hls/check/load/read-segment-media.js';
import { SegmentDefectError } from '#core/hls/check/load/segment-defect-error.js';
import { findPacketDefect, isTransportStream } from '#core/hls/check/load/transport-stream-packets.js';
import { unwrapTimestamps } from '#core/hls/check/load/unwrap-timestamps.js';
import type {
  IframeMedia,
  LoadedRendition,
  SegmentMedia,
} from '#core/hls/check/presentation/loaded-presentation.js';
import type { MediaPlaylist, ReadSegment } from '#core/hls/read/playlist.js';
import { IsobmffError } from '#core/isobmff/isobmff-error.js';
import { findBox } from '#core/isobmff/read-boxes.js';
import { readTracks, type TrackFacts } from '#core/isobmff/read-init.js';

const mapKey = ({ uri, range }: NonNullable<ReadSegment['map']>): string =>
  `${uri} ${range?.offsetBytes} ${range?.lengthBytes}`;

/** A rendition whose parts come from several films has one for each. */
const maxInits = 50;
/** Picture, sound and captions of one init segment; an init segment of 4 MiB could describe thousands. */
const maxTracks = 32;

function readFewTracks(init: Buffer): TrackFacts[] {
  const tracks = readTracks(init);
  if (tracks.length <= maxTracks) return tracks;
  throw new IsobmffError(`its init segment describes ${tracks.length} tracks, at most ${maxTracks} are read`);
}

/** Bytes of a segment that are kept for those after it. */
const maxStart = 2 ** 20;

/** RFC 8216 3.4: AAC, MP3 or (E-)AC-3 frames, mostly after an ID3 tag. */
const isPackedAudio = (bytes: Buffer): boolean =>
  bytes.toString('latin1', 0, 3) === 'ID3' ||
  (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0) ||
  (bytes[0] === 0x0b && bytes[1] === 0x77);

/** ISO/IEC 14496-12 8.16: what a segment may begin with. */
const beginsWithBox = (bytes: Buffer): boolean =>
  /^(styp|ftyp|moov|moof|sidx|ssix|emsg|prft|free|skip|uuid)$/.test(bytes.toString('latin1', 4, 8));

/** One rendition while it is being read. */
export class RenditionLoader {
  /** By what `mapKey` says of each init segment that was asked for; empty where it could not be read. */
  private readonly tracksByMap = new Map<string, readonly TrackFacts[]>();
  private tracks: readonly TrackFacts[] = [];
  private container: LoadedRendition['container'] = 'unknown';
  private lacksMap = false;
  /** Transport streams that mediabunny makes no sense of. */
  private readonly unreadable: { segmentIndex: number; reason: string }[] = [];
  /** The begin of the first transport stream that came: parameter sets may be there alone. */
  private firstBegin: Buffer | undefined;
  private readonly segments: SegmentMedia[] = [];
  private readonly iframes: IframeMedia[] = [];
  private readonly segmentBytes: (number | undefined)[];

  constructor(
    private readonly asking: Asking,
    private readonly listed: ListedRendition,
    readonly playlist: MediaPlaylist,
  ) {
    this.segmentBytes = playlist.segments.map(({ uri, range }) => range?.lengthBytes ?? asking.sizeOf(uri));
    if (!playlist.isEnded) this.note('its playlist is live: what holds for the whole content is not checked');
  }

  get uri(): string {
    return this.listed.uri;
  }

  /** Complete, and of some segments it is not known how large they are. */
  get lacksSizes(): boolean {
    const { segments, isEnded } = this.playlist;
    return isEnded && segments.some(({ isGap }, index) => !isGap && this.segmentBytes[index] === undefined);
  }

  async readInits(): Promise<void> {
    const maps = new Map(this.playlist.segments.flatMap(({ map }) => (map ? [[mapKey(map), map]] : [])));
    const read = [...maps].slice(0, maxInits);
    if (maps.size > 1) this.note('it has several init segments; the first is what it is taken for');
    if (read.length < maps.size) this.note(`${read.length} of its ${maps.size} init segments were read`);
    for (const [index, [key, map]] of read.entries()) {
      const label = `rendition ${this.listed.name}: its init segment${index === 0 ? '' : ` ${index + 1}`}`;
      const { bytes, record } = await this.asking.ask(map.uri, { role: 'init', label, range: map.range });
      this.tracksByMap.set(key, []);
      if (bytes.length === 0) continue;
      // A transport stream may have its tables apart (RFC 8216 4.3.2.5); its segments are read without.
      if (isTransportStream(bytes)) continue;
      this.container = 'fmp4';
      await this.guard(record, () => this.tracksByMap.set(key, readFewTracks(bytes)));
    }
    this.tracks = [...this.tracksByMap.values()].find((tracks) => tracks.length > 0) ?? [];
  }

  /** Indexes of at most `most` segments, spread evenly, the first and the last among them. */
  choose(max: number): number[] {
    const { segments } = this.playlist;
    const count = Math.max(1, Math.min(max, segments.length));
    if (count < segments.length) {
      this.note(`${count} of its ${segments.length} segments were read`);
    }
    const last = segments.length - 1;
    const step = count > 1 ? last / (count - 1) : 0;
    const indexes = Array.from({ length: count }, (_, index) => Math.round(index * step));
    return indexes.filter((index) => segments[index] && !segments[index].isGap);
  }

  async readSegment(segmentIndex: number): Promise<void> {
    const segment = this.playlist.segments[segmentIndex];
    if (!segment) return;
    const label = `rendition ${this.listed.name}: segment ${segmentIndex}`;
    const { uri, range } = segment;
    const { bytes, status, record } = await this.asking.ask(uri, { role: 'segment', label, range });
    if (record.error !== undefined || (status !== 200 && status !== 206)) return;
    this.segmentBytes[segmentIndex] = bytes.length;
    await this.guard(record, () => this.inspectSegment(bytes, segment, segmentIndex));
  }

  finish(): LoadedRendition {
    const { playlist, tracks, container, lacksMap, segmentBytes } = this;
    const { name, kind } = this.listed;
    const isAudio = kind === 'video' && tracks.length > 0 && !tracks.some((track) => track.kind === 'video');
    const inOrder = <Item extends { segmentIndex: number }>(items: readonly Item[]): Item[] =>
      [...items].sort((a, b) => a.segmentIndex - b.segmentIndex);
    const [unread] = inOrder(this.unreadable);
    if (unread) {
      this.note(
        `${this.unreadable.length} of its MPEG transport streams cannot be looked into, the first, segment ${unread.segmentIndex}: ${unread.reason}`,
      );
    }
    return {
      name,
      kind: isAudio ? 'audio' : kind,
      playlist,
      tracks,
      codecStrings: this.codecStrings(),
      container,
      lacksMap,
      segments: container === 'mpegts' ? unwrapTimestamps(inOrder(this.segments)) : inOrder(this.segments),
      iframes: inOrder(this.iframes),
      segmentBytes,
    };
  }

  private codecStrings(): string[] | undefined {
    const inits = this.tracksByMap.size > 0 ? [...this.tracksByMap.values()] : [this.tracks];
    const codecs = inits.flatMap((tracks) => tracks.map(({ codecString }) => codecString));
    if (inits.some((tracks) => tracks.length === 0) || codecs.includes(undefined)) return undefined;
    return [...new Set(codecs.filter((codec) => codec !== undefined))];
  }

  private async inspectSegment(bytes: Buffer, segment: ReadSegment, segmentIndex: number): Promise<void> {
    const own = segment.map ? this.tracksByMap.get(mapKey(segment.map)) : this.tracks;
    // What is not read has its note; the segment is not at fault.
    if (!own) return;
    if (segment.isEncrypted || own.some(({ sampleEntry }) => /^enc[va]$/.test(sampleEntry))) {
      this.note('its segments are encrypted: they are not looked into');
      return;
    }
    if (this.listed.kind === 'subtitles' && /^\uFEFF?WEBVTT/.test(bytes.toString('utf8', 0, 16))) {
      this.container = 'webvtt';
      return;
    }
    if (isTransportStream(bytes)) {
      await this.inspectTransportStream(bytes, segmentIndex);
      return;
    }
    if (!this.isFragmentedMp4(bytes, segment)) return;
    const tracks = segment.map ? own : this.tracks;
    if (this.listed.kind === 'iframes') {
      this.iframes.push({ segmentIndex, defect: findIframeDefect(bytes, tracks) });
    } else if (this.listed.kind !== 'subtitles') {
      this.segments.push(readSegmentMedia(bytes, tracks, segmentIndex));
    }
  }

  private async inspectTransportStream(bytes: Buffer, segmentIndex: number): Promise<void> {
    this.container = 'mpegts';
    if (this.listed.kind === 'iframes') {
      this.note('its I-frames are in MPEG transport streams: they are not looked into');
      return;
    }
    const defect = findPacketDefect(bytes);
    if (defect !== undefined) throw new SegmentDefectError(defect);
    // It is a demuxer of its own, which most checks never need.
    const { readTransportStream } = await import('#core/hls/check/load/read-transport-stream.js');
    const earlier = this.firstBegin;
    // A copy: a view would keep the whole segment in memory.
    this.firstBegin ??= Buffer.from(bytes.subarray(0, maxStart));
    try {
      const { tracks, media } = await readTransportStream(bytes, segmentIndex, earlier);
      if (this.tracks.length === 0) this.tracks = tracks;
      this.segments.push(media);
    } catch (error) {
      this.unreadable.push({ segmentIndex, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  private isFragmentedMp4(bytes: Buffer, segment: ReadSegment): boolean {
    if (segment.map) return true;
    if (isPackedAudio(bytes)) {
      this.note('its segments are packed audio: they are not looked into');
      return false;
    }
    // What subtitles are in is rule 5.1's to tell.
    if (this.listed.kind === 'subtitles') return false;
    // An I-frame's byte range alone cannot tell.
    if (this.listed.kind !== 'iframes' && !(beginsWithBox(bytes) && findBox(bytes, ['moof']))) {
      throw new SegmentDefectError('it is neither fragmented MP4, nor a transport stream, nor packed audio');
    }
    this.container = 'fmp4';
    this.lacksMap = true;
    if (this.tracks.length === 0 && findBox(bytes, ['moov'])) this.tracks = readFewTracks(bytes);
    return this.tracks.length > 0;
  }

  /** A resource that cannot be read through is not whole, which is a finding, not an error. */
  private async guard(record: { error: string | undefined }, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof IsobmffError || error instanceof SegmentDefectError)) throw error;
      record.error = error.message;
    }
  }

  private note(sentence: string): void {
    this.asking.note(`rendition ${this.listed.name}: ${sentence}`);
  }
}
