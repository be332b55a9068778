import { BoundedMap } from '#core/runtime/bounded-map.js';
import type { ClientRequest, HeaderReader } from '#delivery/client/client-request.js';
import { findNetworkPrefix } from '#delivery/client/create-address-reader.js';
import type { DeviceClass } from '#delivery/client/device.js';
import type { ClientHints } from '#delivery/client/read-client-hints.js';

export interface Bandwidth {
  bitsPerSecond: number;
  source: 'player' | 'browser' | 'network' | 'device class';
}

/** Bits per second if nothing was reported. 0.8 of 2.5 Mb/s starts the default client near 2000 kb/s. */
const defaultBitsPerSecond: Record<DeviceClass, number> = {
  phone: 2_500_000,
  tablet: 4_000_000,
  desktop: 5_000_000,
  tv: 8_000_000,
  unknown: 2_500_000,
};

/** Uses the first known of: the player's CMCD, the browser's hints, its network, its device class. */
export function estimateBandwidth(
  request: ClientRequest,
  hints: ClientHints,
  deviceClass: DeviceClass,
  networks: NetworkThroughput,
): Bandwidth {
  const fromPlayer = readCmcdThroughput(request.query('CMCD'), request.header);
  if (fromPlayer !== undefined) return { bitsPerSecond: fromPlayer, source: 'player' };
  if (hints.bitsPerSecond !== undefined) return { bitsPerSecond: hints.bitsPerSecond, source: 'browser' };
  const network = findNetworkPrefix(request.address);
  const fromNetwork = network === undefined ? undefined : networks.estimate(network);
  if (fromNetwork !== undefined) return { bitsPerSecond: fromNetwork, source: 'network' };
  return { bitsPerSecond: defaultBitsPerSecond[deviceClass], source: 'device class' };
}

/** CTA-5004 `mtp`: measured throughput in kb/s, rounded to 100. */
const MTP = /(?:^|,)\s*mtp=\(?([0-9]{1,8})/;
const cmcdHeaders = ['cmcd-request', 'cmcd-session', 'cmcd-object', 'cmcd-status'] as const;
/** CMCD data is a few hundred characters long; the rest is ignored. */
const maxCmcdLength = 1_024;

/** Reads bits per second from CMCD in the query or the headers. CTA-5004 allows any key in any header. */
function readCmcdThroughput(query: string | undefined, header: HeaderReader): number | undefined {
  for (const text of [query, ...cmcdHeaders.map((name) => header(name))]) {
    const match = text === undefined ? null : MTP.exec(text.slice(0, maxCmcdLength));
    const kilobits = Number(match?.[1] ?? 0);
    if (kilobits > 0) return kilobits * 1_000;
  }
  return undefined;
}

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
