import type { HeaderReader } from '#delivery/client/read-client-hints.js';

/** CTA-5004: measured throughput, kb/s, in steps of 100. Any key may come in any of the headers. */
const MTP = /(?:^|,)\s*mtp=\(?([0-9]{1,8})/;
const headers = ['cmcd-request', 'cmcd-session', 'cmcd-object', 'cmcd-status'] as const;
/** A CMCD text is some hundred characters; more is not read. */
const maxText = 1_024;

/** Bits per second that the player says it measured, from the query's `CMCD` or the four headers. */
export function readCmcdThroughput(query: string | undefined, header: HeaderReader): number | undefined {
  for (const text of [query, ...headers.map((name) => header(name))]) {
    const match = text === undefined ? null : MTP.exec(text.slice(0, maxText));
    const kilobits = Number(match?.[1] ?? 0);
    if (kilobits > 0) return kilobits * 1_000;
  }
  return undefined;
}
