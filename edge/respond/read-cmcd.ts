/** What a player said of itself with a request (CTA-5004), as far as an edge counts it. */
export interface ClientReport {
  /** Kilobits a second that the player measured. */
  throughputKilobits: number | undefined;
  bufferMs: number | undefined;
  /** The buffer ran dry since the last request. */
  starved: boolean;
}

const maxReport = 1_024;

/** Reads `CMCD=` from a query string: keys with numbers, tokens or strings, `true` as a bare key. Nonsense is ignored. */
export function readCmcd(query: string): ClientReport | undefined {
  const text = new URLSearchParams(query.slice(0, 4 * maxReport)).get('CMCD');
  if (text === null || text.length > maxReport) return undefined;
  const pairs = new Map(
    text.split(',').map((part): [string, string] => {
      const at = part.indexOf('=');
      return at === -1 ? [part.trim(), 'true'] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
  const numberOf = (key: string): number | undefined => {
    const value = Number(pairs.get(key));
    return pairs.has(key) && Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  return {
    throughputKilobits: numberOf('mtp'),
    bufferMs: numberOf('bl'),
    starved: pairs.get('bs') === 'true',
  };
}
