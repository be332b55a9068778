/**
 * An RFC 9457 problem. Thrown anywhere below an HTTP handler; one place per server turns it into a response.
 */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    /** Machine-readable kind, `kebab-case`; becomes `type: urn:millrace:problem:{kind}`. */
    readonly kind: string,
    /** What happened, to what, and what to do. */
    readonly detail: string,
    readonly options: {
      headers?: Record<string, string>;
      fields?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ProblemError';
  }
}

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Too slow',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Invalid content',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  502: 'Bad answer from upstream',
  503: 'Temporarily unavailable',
  504: 'No answer from upstream',
};

export const problemContentType = 'application/problem+json';

/**
 * Makes the problem document. Any other error than a ProblemError becomes a 500 that reveals nothing about
 * its cause.
 */
export function toProblem(
  error: unknown,
  requestId: string,
): { status: number; headers: Record<string, string>; body: string } {
  const problem =
    error instanceof ProblemError
      ? error
      : new ProblemError(
          500,
          'internal',
          `Something went wrong on this server. Quote request ${requestId} when you report it.`,
        );
  return {
    status: problem.status,
    headers: { 'content-type': problemContentType, 'cache-control': 'no-store', ...problem.options.headers },
    body: JSON.stringify({
      type: `urn:millrace:problem:${problem.kind}`,
      title: titles[problem.status] ?? 'Error',
      status: problem.status,
      detail: problem.detail,
      requestId,
      ...problem.options.fields,
    }),
  };
}
