/**
 * Whether a client takes gzip (RFC 9110 12.5.3). A weight of its own decides before the one of `*`, in
 * whatever order they come. Without a header, or with a weight that is no number, the answer is no:
 * uncompressed bytes suit every client.
 */
export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  const weights = new Map<string, number>();
  for (const part of [acceptEncoding ?? []].flat().join(',').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim());
    weights.set(coding, weightOf(parameters));
  }
  // RFC 9110 8.4.1.3: x-gzip is another name of gzip.
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}

function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return weight === undefined ? 1 : Number(weight.slice(2));
}
