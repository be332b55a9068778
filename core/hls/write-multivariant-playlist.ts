import type { VideoRange } from '#core/contracts/plan.js';
import {
  attributeList,
  decimal,
  decimalInteger,
  enumerated,
  PlaylistWriteError,
  playlistUri,
  quoted,
  yesOrNo,
} from '#core/hls/attribute-list.js';
import { beingEncoded } from '#core/hls/being-encoded.js';
import { playlistVersion } from '#core/hls/write-media-playlist.js';

export interface AudioEntry {
  groupId: string;
  uri: string;
  /** For people. */
  name: string;
  /** BCP 47. */
  language: string;
  isDefault: boolean;
  channels: number;
  stableRenditionId: string;
}

/** What a variant and an I-frame variant both say. */
interface StreamEntry {
  uri: string;
  peakBitsPerSecond: number;
  averageBitsPerSecond: number;
  /** RFC 6381, one for each kind of media in it. */
  codecs: readonly string[];
  supplementalCodecs?: string | undefined;
  width: number;
  height: number;
  /** Left out where every variant is SDR. */
  videoRange?: VideoRange | undefined;
  /** Higher is better; on all entries or on none. */
  score?: number | undefined;
  pathwayId?: string | undefined;
  stableVariantId: string;
}

export interface VariantEntry extends StreamEntry {
  framesPerSecond: number;
  audioGroupId: string;
}

export type IframeEntry = StreamEntry;

export interface MultivariantModel {
  steering?: { serverUri: string; pathwayId: string } | undefined;
  /** Some of the media is not there yet: bandwidths are planned ones. */
  isBeingEncoded?: boolean;
  audio: readonly AudioEntry[];
  /** In order: the first is what a player starts with. */
  variants: readonly VariantEntry[];
  iframes: readonly IframeEntry[];
}

/** Writes the playlist. Throws PlaylistWriteError where the model breaks a rule of RFC 8216bis. */
export function writeMultivariantPlaylist(playlist: MultivariantModel): string {
  requireAudio(playlist);
  const { steering } = playlist;
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${playlistVersion}`, '#EXT-X-INDEPENDENT-SEGMENTS'];
  if (steering) {
    const attributes = {
      'SERVER-URI': quoted(playlistUri(steering.serverUri)),
      'PATHWAY-ID': pathwayIdAttribute(steering.pathwayId),
    };
    lines.push(`#EXT-X-CONTENT-STEERING:${attributeList(attributes)}`);
  }
  if (playlist.isBeingEncoded) {
    const attributes = { 'DATA-ID': quoted(beingEncoded.dataId), VALUE: quoted(beingEncoded.value) };
    lines.push(`#EXT-X-SESSION-DATA:${attributeList(attributes)}`);
  }
  for (const entry of playlist.audio) lines.push(`#EXT-X-MEDIA:${audioAttributes(entry)}`);
  for (const entry of playlist.variants) {
    lines.push(`#EXT-X-STREAM-INF:${variantAttributes(entry)}`, playlistUri(entry.uri));
  }
  for (const entry of playlist.iframes) {
    const attributes = `${attributeList(streamAttributes(entry))},URI=${quoted(playlistUri(entry.uri))}`;
    lines.push(`#EXT-X-I-FRAME-STREAM-INF:${attributes}`);
  }
  return `${lines.join('\n')}\n`;
}

function audioAttributes(entry: AudioEntry): string {
  return attributeList({
    TYPE: 'AUDIO',
    'GROUP-ID': quoted(entry.groupId),
    NAME: quoted(entry.name),
    LANGUAGE: quoted(entry.language),
    DEFAULT: yesOrNo(entry.isDefault),
    AUTOSELECT: 'YES',
    CHANNELS: quoted(decimalInteger(entry.channels)),
    'STABLE-RENDITION-ID': stableIdAttribute(entry.stableRenditionId),
    URI: quoted(playlistUri(entry.uri)),
  });
}

function variantAttributes(entry: VariantEntry): string {
  return attributeList({
    ...streamAttributes(entry),
    'FRAME-RATE': decimal(entry.framesPerSecond, 3),
    AUDIO: quoted(entry.audioGroupId),
  });
}

function streamAttributes(entry: StreamEntry): Record<string, string | undefined> {
  const { supplementalCodecs, videoRange, score, pathwayId } = entry;
  return {
    BANDWIDTH: decimalInteger(entry.peakBitsPerSecond),
    'AVERAGE-BANDWIDTH': decimalInteger(entry.averageBitsPerSecond),
    CODECS: quoted(entry.codecs.join(',')),
    'SUPPLEMENTAL-CODECS': supplementalCodecs === undefined ? undefined : quoted(supplementalCodecs),
    RESOLUTION: `${decimalInteger(entry.width)}x${decimalInteger(entry.height)}`,
    'VIDEO-RANGE': videoRange === undefined ? undefined : enumerated(videoRange),
    SCORE: score === undefined ? undefined : decimal(score, 3),
    'STABLE-VARIANT-ID': stableIdAttribute(entry.stableVariantId),
    'PATHWAY-ID': pathwayId === undefined ? undefined : pathwayIdAttribute(pathwayId),
  };
}

/** RFC 8216bis 4.4.6.2: letters, digits and a few marks, so that it can stand in a steering manifest and a query string. */
function pathwayIdAttribute(value: string): string {
  if (!/^[A-Za-z0-9._-]+$/.test(value)) {
    throw new PlaylistWriteError(`${JSON.stringify(value)} is not a pathway id`);
  }
  return quoted(value);
}

function stableIdAttribute(value: string): string {
  if (!/^[A-Za-z0-9+/=._-]+$/.test(value)) {
    throw new PlaylistWriteError(`${JSON.stringify(value)} is not a stable id`);
  }
  return quoted(value);
}

function requireAudio({ audio, variants, iframes, steering }: MultivariantModel): void {
  if (variants.length === 0) throw new PlaylistWriteError('a multivariant playlist needs a variant');
  const groups = new Map<string, AudioEntry[]>();
  for (const entry of audio) groups.set(entry.groupId, [...(groups.get(entry.groupId) ?? []), entry]);
  for (const [groupId, entries] of groups) requireAudioGroup(groupId, entries);
  for (const { audioGroupId, stableVariantId } of variants) {
    if (!groups.has(audioGroupId)) {
      throw new PlaylistWriteError(
        `variant ${stableVariantId} names audio group ${audioGroupId}, which is not there`,
      );
    }
  }
  const entries = [...variants, ...iframes];
  requireAllOrNone(entries, 'SCORE', ({ score }) => score !== undefined);
  requireAllOrNone(entries, 'VIDEO-RANGE', ({ videoRange }) => videoRange !== undefined);
  if (steering && !variants.some(({ pathwayId }) => (pathwayId ?? '.') === steering.pathwayId)) {
    throw new PlaylistWriteError(`no variant is on pathway ${steering.pathwayId}, where players start`);
  }
}

/** RFC 8216 4.3.4.1.1: names differ within a group, and at most one member is the default. */
function requireAudioGroup(groupId: string, entries: readonly AudioEntry[]): void {
  if (new Set(entries.map(({ name }) => name)).size < entries.length) {
    throw new PlaylistWriteError(`audio group ${groupId} has two renditions of one name`);
  }
  if (entries.filter(({ isDefault }) => isDefault).length > 1) {
    throw new PlaylistWriteError(`audio group ${groupId} has two defaults`);
  }
}

function requireAllOrNone(
  entries: readonly StreamEntry[],
  attribute: string,
  has: (entry: StreamEntry) => boolean,
): void {
  const count = entries.filter(has).length;
  if (count !== 0 && count !== entries.length) {
    throw new PlaylistWriteError(`${attribute} is on ${count} of ${entries.length} variants: all or none`);
  }
}
