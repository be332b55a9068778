import type { EncodeTarget, SourceVideo } from '#core/contracts/plan.js';

/** Colour as its tags say it, in ffmpeg's words, which are zscale's too. */
type Colour = Pick<SourceVideo['colour'], 'primaries' | 'transfer' | 'matrix'>;
type Range = 'full' | 'limited';

/** Far enough from BT.709's to be converted. Those of SD are so near that no player tells them apart. */
const farPrimaries = new Set(['bt470m', 'film', 'bt2020', 'smpte428', 'smpte431', 'smpte432']);

/** Light that no screen shows as it is coded: coded anew. */
const lightTransfers = new Set(['linear', 'log100', 'log316']);
/** Told from BT.709's curve while primaries are converted, but left alone, as every other SDR transfer is: players show all alike. */
const srgb = 'iec61966-2-1';

/**
 * Scales and converts a branch of the filter graph to what the rung is tagged as: BT.709 limited range in 8 bits, or
 * BT.2020 limited range in 10 bits, with the source's own HDR transfer. What has the rung's colour already needs no zscale.
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
    // Both ranges: told one at most, the scaler makes limited range of full, which zscale would go on to read as full.
    `scale=${size}:in_range=${range}:out_range=${range}`,
    ...zscaleFormat(video, from),
    ...(isHdr || video.range === 'SDR'
      ? [zscale(from, range, to, 'limited')]
      : toneMapFilters(video, from, range)),
    format,
  ];
}

/** The pixel formats that zscale may be given, where not every one that the scaler makes will do. */
function zscaleFormat({ bitDepth, range }: SourceVideo, { matrix, transfer }: Colour): string[] {
  // zscale reads planar RGB alone, and no other RGB may become YCbCr on its way there.
  if (matrix === 'gbr') return ['format=gbrp16le'];
  // 4:1:1 and 4:1:0 (DV, old codecs) must be a multiple of four wide to it, and rungs are not. Linear light needs its depth.
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
 * The source's colour in terms that zscale knows. What is shown like BT.709 is called BT.709, and tags that zscale cannot
 * read become the nearest that it can: a film in slightly wrong colours, not a failure.
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

/** Whether zscale of ffmpeg 5.1 finds a way from these colours; where it does not, the run fails. */
function canReadMatrix({ primaries, transfer, matrix }: Colour, range: SourceVideo['range']): boolean {
  if (matrix === 'bt2020c') return transfer === 'bt709';
  if (matrix === 'ictcp') return range !== 'SDR' && primaries === 'bt2020';
  if (matrix.startsWith('chroma-derived-')) return primaries !== 'smpte428';
  return matrices.has(matrix);
}

/** Every property is named on both sides: what is not, zscale takes from the frames, and fails where those are untagged. */
function zscale(from: Colour, fromRange: Range, to: Colour, toRange: Range): string {
  return [
    `zscale=min=${zscaleMatrix(from)}:pin=${from.primaries}:tin=${from.transfer}:rin=${fromRange}`,
    `m=${zscaleMatrix(to)}:p=${to.primaries}:t=${to.transfer}:r=${toRange}`,
  ].join(':');
}

/** `smpte2400m`, as ffmpeg 5.1 spells it, may be put right one day; the number is that of ISO/IEC 23091-2. */
const zscaleMatrix = ({ matrix }: Colour): string => (matrix === 'smpte240m' ? '7' : matrix);

/** ITU-R BT.2408: how bright HDR shows what is white in SDR; here it becomes 1.0. */
const referenceWhiteNits = 203;
/** What HLG is shown at, and what HDR10 is mastered for where it does not say (ITU-R BT.2100). */
const usualPeakNits = 1_000;

/** From HDR to SDR in linear light of BT.709's primaries. */
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
 * Everything up to half of reference white, skin and shadows, stays exactly as bright as in SDR; what is above is
 * compressed up to the peak. The peak is the title's, never a frame's: pieces must match.
 */
function toneMap({ range, hdrMetadata }: SourceVideo): string {
  const declared = range === 'PQ' ? hdrMetadata?.contentLight?.maxContent : undefined;
  const peakNits = Math.min(10_000, Math.max(2 * referenceWhiteNits, declared || usualPeakNits));
  return `tonemap=mobius:param=0.5:desat=0:peak=${(peakNits / referenceWhiteNits).toFixed(3)}`;
}
