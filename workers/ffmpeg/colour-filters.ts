import type { EncodeTarget, SourceVideo } from '#core/contracts/plan.js';

/** Colour tags by ffmpeg's names, which zscale uses too. */
type Colour = Pick<SourceVideo['colour'], 'primaries' | 'transfer' | 'matrix'>;
type Range = 'full' | 'limited';

/** Primaries that are converted. SD's are left alone: they differ too little from BT.709's to be visible. */
const farPrimaries = new Set(['bt470m', 'film', 'bt2020', 'smpte428', 'smpte431', 'smpte432']);

/** Transfer functions that no display uses: converted to BT.709's. */
const lightTransfers = new Set(['linear', 'log100', 'log316']);
/**
 * sRGB's transfer function. It counts as different from BT.709's while primaries are converted, but is kept,
 * as all other SDR transfer functions are: players display them alike.
 */
const srgb = 'iec61966-2-1';

/**
 * Scales and converts a branch of the filter graph to the target's size and colour: BT.709 in 8 bits, or
 * BT.2020 with the source's own HDR transfer in 10 bits, both in limited range. Frames that have that colour
 * already are only scaled.
 */
export function colourFilters(
  video: SourceVideo,
  target: Pick<EncodeTarget, 'width' | 'height' | 'videoRange'>,
): string[] {
  const size = `w=${target.width}:h=${target.height}:flags=bicubic`;
  const range = video.colour.fullRange ? 'full' : 'limited';
  const isHdr = target.videoRange !== 'SDR';
  const from = readableColour(video);
  const to = isHdr ? hdrColour(from.transfer) : sdrColour(from.transfer);
  const format = isHdr ? 'format=yuv420p10le' : 'format=yuv420p';
  const hasMatrix = from.matrix === to.matrix || from.matrix === 'gbr';
  if (hasMatrix && from.primaries === to.primaries && from.transfer === to.transfer) {
    const matrix = isHdr ? 'bt2020' : 'bt709';
    return [
      `scale=${size}:in_color_matrix=${matrix}:in_range=${range}:out_color_matrix=${matrix}:out_range=limited`,
      format,
    ];
  }
  return [
    // Names both ranges: with one alone, the scaler converts full range to limited, which zscale would still
    // read as full.
    `scale=${size}:in_range=${range}:out_range=${range}`,
    ...zscaleFormat(video, from),
    ...(isHdr || video.range === 'SDR'
      ? [zscale(from, range, to, 'limited')]
      : toneMapFilters(video, from, range)),
    format,
  ];
}

/** Restricts the pixel format that the scaler hands to zscale, if zscale cannot take every one. */
function zscaleFormat({ bitDepth, range }: SourceVideo, { matrix, transfer }: Colour): string[] {
  // zscale reads planar RGB alone, and packed RGB must not become YCbCr on the way.
  if (matrix === 'gbr') return ['format=gbrp16le'];
  // zscale takes 4:1:1 and 4:1:0 (DV, old codecs) only if 4 divides the width. Linear light keeps its depth.
  const isVideo = bitDepth === 8 && range === 'SDR' && !lightTransfers.has(transfer);
  return isVideo ? ['format=yuv420p|yuv422p|yuv444p'] : [];
}

const sdrColour = (transfer: string): Colour => ({
  primaries: 'bt709',
  transfer: transfer === srgb ? srgb : 'bt709',
  matrix: 'bt709',
});
const hdrColour = (transfer: string): Colour => ({ primaries: 'bt2020', transfer, matrix: 'bt2020nc' });

/**
 * Maps the source's colour tags to tags that zscale knows. Colour that displays like BT.709 is called BT.709.
 * Unknown tags become the nearest known ones: slightly wrong colours are better than a failure.
 */
function readableColour({ colour, range }: SourceVideo): Colour {
  const isFar = farPrimaries.has(colour.primaries);
  const isKept = range !== 'SDR' || colour.transfer === srgb || lightTransfers.has(colour.transfer);
  const readable: Colour = {
    primaries: isFar ? colour.primaries : 'bt709',
    transfer: isKept ? colour.transfer : 'bt709',
    matrix: colour.matrix,
  };
  return canReadMatrix(readable, range) ? readable : { ...readable, matrix: isFar ? 'bt2020nc' : 'bt709' };
}

const matrices = new Set(['gbr', 'bt709', 'smpte170m', 'bt470bg', 'smpte240m', 'fcc', 'ycgco', 'bt2020nc']);

/** Whether zscale of ffmpeg 5.1 can convert from these colours; without a conversion path the run fails. */
function canReadMatrix({ primaries, transfer, matrix }: Colour, range: SourceVideo['range']): boolean {
  if (matrix === 'bt2020c') return transfer === 'bt709';
  if (matrix === 'ictcp') return range !== 'SDR' && primaries === 'bt2020';
  if (matrix.startsWith('chroma-derived-')) return primaries !== 'smpte428';
  return matrices.has(matrix);
}

/** Names every property on both sides: zscale takes others from the frames, which may be untagged. */
function zscale(from: Colour, fromRange: Range, to: Colour, toRange: Range): string {
  return [
    `zscale=min=${zscaleMatrix(from)}:pin=${from.primaries}:tin=${from.transfer}:rin=${fromRange}`,
    `m=${zscaleMatrix(to)}:p=${to.primaries}:t=${to.transfer}:r=${toRange}`,
  ].join(':');
}

/**
 * ffmpeg 5.1 misspells this matrix as `smpte2400m`, which may change; its number in ISO/IEC 23091-2 does not.
 */
const zscaleMatrix = ({ matrix }: Colour): string => (matrix === 'smpte240m' ? '7' : matrix);

/** Luminance of SDR white in HDR (ITU-R BT.2408); 1.0 in linear light. */
const referenceWhiteNits = 203;
/** Peak luminance of HLG's reference display, and of HDR10 that declares none (ITU-R BT.2100). */
const usualPeakNits = 1_000;

/** Converts HDR to SDR, in linear light with BT.709's primaries. */
function toneMapFilters(video: SourceVideo, from: Colour, range: Range): string[] {
  const light: Colour = { primaries: 'bt709', transfer: 'linear', matrix: 'gbr' };
  return [
    `${zscale(from, range, light, 'full')}:npl=${referenceWhiteNits}`,
    'format=gbrpf32le',
    toneMap(video),
    zscale(light, 'full', sdrColour('bt709'), 'limited'),
  ];
}

/**
 * Keeps everything up to half of reference white, such as skin and shadows, and compresses what is brighter.
 * The peak is the title's, never a frame's, because separately encoded segments must match.
 */
function toneMap({ range, hdrMetadata }: SourceVideo): string {
  const declared = range === 'PQ' ? hdrMetadata?.contentLight?.maxContent : undefined;
  const peakNits = Math.min(10_000, Math.max(2 * referenceWhiteNits, declared || usualPeakNits));
  return `tonemap=mobius:param=0.5:desat=0:peak=${(peakNits / referenceWhiteNits).toFixed(3)}`;
}
