/** Figures of one run, read from ffmpeg's log while it runs. */
export interface RunFigures {
  /** User and system CPU time of ffmpeg and its threads, seconds; `-benchmark` reports it from getrusage. */
  cpuSeconds: number;
  maxResidentBytes: number;
  /** Frames that the video decoder returned. */
  videoFramesDecoded: number;
  /** Messages about damaged packets and frames, and about bytes that belong to no packet. */
  damages: number;
  /** Starts of the audio filters: more than one per track if its channels or sample rate change midway. */
  audioFormats: number;
  /** Scores from comparing filters. */
  scores: QualityScores;
  /** Counts from `idet`, if it is in the filter graph. */
  fields: FieldCounts;
}

/** Means over all compared frames: VMAF, SSIM of all planes, PSNR of luma in decibels. */
export interface QualityScores {
  vmaf?: number;
  ssim?: number;
  psnr?: number;
}

/** Frames by field order, as ffmpeg's `idet` decides over several frames. */
export interface FieldCounts {
  topFirst: number;
  bottomFirst: number;
  progressive: number;
}

/** Stands for the infinite PSNR of identical frames, decibels. */
const identicalPsnr = 100;
/** Messages of decoders about broken packets and frames, and of demuxers about bytes that they skip. */
const damage = new RegExp(
  [
    'Error while decoding stream #|corrupt (decoded frame|input packet) in stream',
    'invalid as first byte of an EBML number|exceeds containing master element',
    'max resync size reached|Packet mismatch|asf bad header|cannot find sync word|edit unit sync lost',
  ].join('|'),
);
const keptLines = 40;
const maxLine = 400;
/** Lines with figures are shorter. Longer lines come from the source's own tags. */
const maxLogLineCharacters = 1_000;

/**
 * Gathers the figures and the last lines of a run's log; progress lines (`key=value`) are read but not kept.
 *
 * The source's tags are among the lines and can imitate any of them. So expressions are anchored and bound
 * their numbers, which keeps matching linear, and later lines replace earlier figures: ffmpeg prints its own
 * after the tags.
 */
export class RunLog {
  readonly figures: RunFigures = {
    cpuSeconds: 0,
    maxResidentBytes: 0,
    videoFramesDecoded: 0,
    damages: 0,
    audioFormats: 0,
    scores: {},
    fields: { topFirst: 0, bottomFirst: 0, progressive: 0 },
  };
  private readonly lines: string[] = [];

  /** Returns the position in seconds if the line reports progress. */
  read(line: string): number | undefined {
    const progress = /^out_time_us=(\d{1,15})$/.exec(line);
    if (progress?.[1]) return Number(progress[1]) / 1e6;
    if (line.length <= maxLogLineCharacters) {
      if (/^[a-z_0-9]+=\s*\S*$/.test(line)) return undefined;
      this.readFigures(line);
    }
    if (line.trim() !== '') this.keep(line);
    return undefined;
  }

  get text(): string {
    return this.lines.join('\n');
  }

  private readFigures(line: string): void {
    const time = /^bench: utime=(\d{1,7}\.\d+)s stime=(\d{1,7}\.\d+)s/.exec(line);
    if (time) this.figures.cpuSeconds = Number(time[1]) + Number(time[2]);
    const memory = /^bench: maxrss=(\d{1,12})kB/.exec(line);
    if (memory) this.figures.maxResidentBytes = Number(memory[1]) * 1024;
    const fields =
      /^\[Parsed_idet_\d+ @ \S+\] Multi frame detection: TFF: *(\d{1,9}) BFF: *(\d{1,9}) Progressive: *(\d{1,9})/.exec(
        line,
      );
    if (fields) {
      this.figures.fields = {
        topFirst: Number(fields[1]),
        bottomFirst: Number(fields[2]),
        progressive: Number(fields[3]),
      };
    }
    if (damage.test(line)) this.figures.damages += 1;
    if (/^\[\S+ @ \S+\] tb:\d+\/\d+ samplefmt:/.test(line)) this.figures.audioFormats += 1;
    this.readScores(line);
    const decoded =
      /^ *Input stream #\d+:\d+ \(video\): \d{1,12} packets read .* (\d{1,12}) frames decoded/.exec(line);
    if (decoded) this.figures.videoFramesDecoded = Number(decoded[1]);
  }

  private readScores(line: string): void {
    const { scores } = this.figures;
    const vmaf = /^\[\S+ @ \S+\] VMAF score: (\d{1,3}\.\d+)/.exec(line)?.[1];
    if (vmaf !== undefined) scores.vmaf = Number(vmaf);
    const ssim = /^\[\S+ @ \S+\] SSIM .*All:(\d\.\d+)/.exec(line)?.[1];
    if (ssim !== undefined) scores.ssim = Number(ssim);
    const psnr = /^\[\S+ @ \S+\] PSNR y:(\d{1,3}\.\d+|inf)/.exec(line)?.[1];
    if (psnr !== undefined) scores.psnr = psnr === 'inf' ? identicalPsnr : Number(psnr);
  }

  private keep(line: string): void {
    // Control characters in hostile metadata must not reach a terminal.
    this.lines.push(line.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, maxLine));
    if (this.lines.length > keptLines) this.lines.shift();
  }
}
