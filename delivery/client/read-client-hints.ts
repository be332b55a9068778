import type { HeaderReader } from '#delivery/client/client-request.js';
import type { DeviceClass } from '#delivery/client/device.js';

/** What a browser says about itself in client hints. */
export interface ClientHints {
  saveData: boolean;
  /** From `Sec-CH-UA-Mobile`, which only distinguishes phones from other devices. */
  deviceClass: DeviceClass | undefined;
  /** From `Downlink`, which browsers round and cap at 10 Mb/s, or else from `ECT`. */
  bitsPerSecond: number | undefined;
}

/**
 * Typical throughput of each effective connection type (Network Information API). A Map because the header is
 * arbitrary text: an object would find `valueOf`.
 */
const effectiveTypes: ReadonlyMap<string, number> = new Map([
  ['slow-2g', 50_000],
  ['2g', 70_000],
  ['3g', 700_000],
]);

const MEGABITS = /^[0-9]{1,5}(?:\.[0-9]{1,4})?$/;

export function readClientHints(header: HeaderReader): ClientHints {
  const downlink = header('downlink') ?? '';
  const megabits = MEGABITS.test(downlink) ? Number(downlink) : 0;
  return {
    saveData: header('save-data')?.trim().toLowerCase() === 'on',
    deviceClass: header('sec-ch-ua-mobile') === '?1' ? 'phone' : undefined,
    bitsPerSecond: megabits > 0 ? megabits * 1e6 : effectiveTypes.get(header('ect') ?? ''),
  };
}
