import { beingEncoded } from '#core/hls/being-encoded.js';
import {
  attributeList,
  decimal,
  decimalInteger,
  enumerated,
  PlaylistWriteError,
  playlistUri,
  quoted,
  yesOrNo,
} from '#core/hls/write/attribute-list.js';
import {
  type AudioEntry,
  type MultivariantModel,
  requireConsistentEntries,
  type StreamEntry,
  type VariantEntry,
} from '#core/hls/write/multivariant-model.js';
import { playlistVersion } from '#core/hls/write/write-media-playlist.js';

/** Writes a multivariant playlist. Throws PlaylistWriteError if the model breaks a rule of RFC 8216bis. */
export function writeMultivariantPlaylist(playlist: MultivariantModel): string {
  requireConsistentEntries(playlist);
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${playlistVersion}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...headerLines(playlist),
  ];
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

function headerLines({ steering, isBeingEncoded }: MultivariantModel): string[] {
  const lines: string[] = [];
  if (steering) {
    const attributes = {
      'SERVER-URI': quoted(playlistUri(steering.serverUri)),
      'PATHWAY-ID': pathwayIdAttribute(steering.pathwayId),
    };
    lines.push(`#EXT-X-CONTENT-STEERING:${attributeList(attributes)}`);
  }
  if (isBeingEncoded) {
    const attributes = { 'DATA-ID': quoted(beingEncoded.dataId), VALUE: quoted(beingEncoded.value) };
    lines.push(`#EXT-X-SESSION-DATA:${attributeList(attributes)}`);
  }
  return lines;
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
    'CLOSED-CAPTIONS': entry.isWithoutCaptions ? enumerated('NONE') : undefined,
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

/**
 * RFC 8216bis 4.4.6.2: letters, digits and `.-_`, so the id is also safe in a steering manifest and a query
 * string.
 */
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
