import { BoundedMap } from '#core/runtime/bounded-map.js';

interface Report {
  sessionId: string;
  bitsPerSecond: number;
  atMs: number;
}

const reportsKept = 7;
const reportLifeMs = 10 * 60_000;

/**
 * Throughput that signed sessions reported in the last ten minutes, by network. Each session counts once and
 * the median decides, so a false report has little effect, and only on the first rendition of its neighbours.
 */
export class NetworkThroughput {
  private readonly networks: BoundedMap<string, Report[]>;

  constructor(
    private readonly nowMs: () => number,
    networkLimit = 10_000,
  ) {
    this.networks = new BoundedMap(networkLimit);
  }

  report(network: string, sessionId: string, bitsPerSecond: number): void {
    const others = this.fresh(network).filter((report) => report.sessionId !== sessionId);
    const reports = [...others, { sessionId, bitsPerSecond, atMs: this.nowMs() }];
    this.networks.set(network, reports.slice(-reportsKept));
  }

  /** Median of the reports in bits per second; the lower of the two middle ones. */
  estimate(network: string): number | undefined {
    const rates = this.fresh(network)
      .map((report) => report.bitsPerSecond)
      .sort((a, b) => a - b);
    return rates[(rates.length - 1) >> 1];
  }

  private fresh(network: string): Report[] {
    const oldest = this.nowMs() - reportLifeMs;
    return (this.networks.get(network) ?? []).filter((report) => report.atMs >= oldest);
  }
}
