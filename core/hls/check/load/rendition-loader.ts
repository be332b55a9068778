import { InitSegments, readLimitedTracks } from '#core/hls/check/load/init-segments.js';
import type { ListedRendition } from '#core/hls/check/load/list-renditions.js';
import { findIframeDefect, readSegmentMedia } from '#core/hls/check/load/read-segment-media.js';
import { recordDefect, SegmentDefectError } from '#core/hls/check/load/record-defect.js';
import type { ResourceReader } from '#core/hls/check/load/resource-reader.js';
import {
  beginsWithBox,
  isPackedAudio,
  isTransportStream,
  isWebVtt,
} from '#core/hls/check/load/segment-format.js';
import {
  TransportStreamInspector,
  unwrapTimestamps,
} from '#core/hls/check/load/transport-stream-inspector.js';
import type {
  IframeMedia,
  LoadedRendition,
  SegmentMedia,
} from '#core/hls/check/presentation/loaded-presentation.js';
import type { MediaPlaylist, ReadSegment } from '#core/hls/read/playlist.js';
import { findBox } from '#core/isobmff/read-boxes.js';
import type { TrackFacts } from '#core/isobmff/read-init.js';

/** Loads the media of one rendition: `readInits`, then `readSegment` for chosen segments, then `finish`. */
export class RenditionLoader {
  private readonly inits = new InitSegments();
  private readonly transportStreams = new TransportStreamInspector();
  private tracks: readonly TrackFacts[] = [];
  private container: LoadedRendition['container'] = 'unknown';
  private lacksMap = false;
  private readonly segments: SegmentMedia[] = [];
  private readonly iframes: IframeMedia[] = [];
  private readonly segmentBytes: (number | undefined)[];

  constructor(
    private readonly resources: ResourceReader,
    private readonly listed: ListedRendition,
    readonly playlist: MediaPlaylist,
  ) {
    this.segmentBytes = playlist.segments.map(
      ({ uri, range }) => range?.lengthBytes ?? resources.sizeOf(uri),
    );
    if (!playlist.isEnded) {
      this.note('its playlist is live: rules about the complete content are not checked');
    }
  }

  get uri(): string {
    return this.listed.uri;
  }

  /** True if the playlist is complete but the size of some segments is unknown. */
  get lacksSizes(): boolean {
    const { segments, isEnded } = this.playlist;
    return isEnded && segments.some(({ isGap }, index) => !isGap && this.segmentBytes[index] === undefined);
  }

  async readInits(): Promise<void> {
    await this.inits.read(this.resources, { name: this.listed.name, playlist: this.playlist });
    if (this.inits.hasMp4) this.container = 'fmp4';
    this.tracks = this.inits.firstTracks;
  }

  /**
   * Indexes of at most `max` segments, spread evenly, including the first and the last; without gaps
   * (EXT-X-GAP).
   */
  chooseSegments(max: number): number[] {
    const { segments } = this.playlist;
    const count = Math.max(1, Math.min(max, segments.length));
    if (count < segments.length) this.note(`${count} of its ${segments.length} segments were read`);
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
    const { bytes, status, record } = await this.resources.read(uri, { role: 'segment', label, range });
    if (record.error !== undefined || (status !== 200 && status !== 206)) return;
    this.segmentBytes[segmentIndex] = bytes.length;
    await recordDefect(record, () => this.inspectSegment(bytes, segment, segmentIndex));
  }

  finish(): LoadedRendition {
    const { playlist, tracks, container, lacksMap, segmentBytes } = this;
    const { name, kind } = this.listed;
    const isAudio = kind === 'video' && tracks.length > 0 && !tracks.some((track) => track.kind === 'video');
    const { unreadable } = this.transportStreams;
    const [first] = inOrder(unreadable);
    if (first) {
      this.note(
        `${unreadable.length} of its MPEG transport streams could not be parsed; ` +
          `the first is segment ${first.segmentIndex}: ${first.reason}`,
      );
    }
    const segments = inOrder(this.segments);
    return {
      name,
      kind: isAudio ? 'audio' : kind,
      playlist,
      tracks,
      codecStrings: this.inits.codecStrings(tracks),
      container,
      lacksMap,
      segments: container === 'mpegts' ? unwrapTimestamps(segments) : segments,
      iframes: inOrder(this.iframes),
      segmentBytes,
    };
  }

  private async inspectSegment(bytes: Buffer, segment: ReadSegment, segmentIndex: number): Promise<void> {
    const own = segment.map ? this.inits.tracksOf(segment.map) : this.tracks;
    // Its init segment was not read, which has a note already; the segment is not at fault.
    if (!own) return;
    if (segment.isEncrypted || own.some(({ sampleEntry }) => /^enc[va]$/.test(sampleEntry))) {
      this.note('its segments are encrypted and were not inspected');
      return;
    }
    if (this.listed.kind === 'subtitles' && isWebVtt(bytes)) {
      this.container = 'webvtt';
      return;
    }
    if (isTransportStream(bytes)) {
      await this.inspectTransportStream(bytes, segmentIndex);
      return;
    }
    if (!this.acceptFragmentedMp4(bytes, segment)) return;
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
      this.note('its I-frames are in MPEG transport streams and were not inspected');
      return;
    }
    const facts = await this.transportStreams.inspect(bytes, segmentIndex);
    if (!facts) return;
    if (this.tracks.length === 0) this.tracks = facts.tracks;
    this.segments.push(facts.media);
  }

  /**
   * Whether a segment is fragmented MP4 that can be inspected. Throws SegmentDefectError if no player could
   * read it.
   */
  private acceptFragmentedMp4(bytes: Buffer, segment: ReadSegment): boolean {
    if (segment.map) return true;
    if (isPackedAudio(bytes)) {
      this.note('its segments are packed audio and were not inspected');
      return false;
    }
    // Rule 5.1 reports the format of subtitles.
    if (this.listed.kind === 'subtitles') return false;
    // The byte range of an I-frame is too little to recognise the format.
    if (this.listed.kind !== 'iframes' && !(beginsWithBox(bytes) && findBox(bytes, ['moof']))) {
      throw new SegmentDefectError('it is not fragmented MP4, an MPEG transport stream or packed audio');
    }
    this.container = 'fmp4';
    this.lacksMap = true;
    if (this.tracks.length === 0 && findBox(bytes, ['moov'])) this.tracks = readLimitedTracks(bytes);
    return this.tracks.length > 0;
  }

  private note(sentence: string): void {
    this.resources.note(`rendition ${this.listed.name}: ${sentence}`);
  }
}

const inOrder = <Item extends { segmentIndex: number }>(items: readonly Item[]): Item[] =>
  [...items].sort((a, b) => a.segmentIndex - b.segmentIndex);
