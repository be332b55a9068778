/**
 * Whether a client accepts gzip (RFC 9110 12.5.3). The weight of gzip itself takes precedence over that of
 * `*`, in whatever order they appear. Returns false without a header or with a malformed weight: every client
 * accepts uncompressed bytes.
 */
export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  const weights = new Map<string, number>();
  for (const part of [acceptEncoding ?? []].flat().join(',').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((text) => text.trim());
    weights.set(coding, weightOf(parameters));
  }
  // RFC 9110 8.4.1.3: x-gzip is an alias of gzip.
  return (weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0) > 0;
}

function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return weight === undefined ? 1 : Number(weight.slice(2));
}
