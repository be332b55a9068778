/** RFC 9457 problem, thrown anywhere below an HTTP handler and turned into an answer in one place per server. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    /** Machine-readable kind, `kebab-case`; becomes `type: urn:millrace:problem:{kind}`. */
    readonly kind: string,
    /** What, which, how far off, what to do. */
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
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not acceptable as it is',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
  504: 'Upstream did not answer',
};

export const problemContentType = 'application/problem+json';

/** The problem document; an error that is no ProblemError becomes a 500 that tells nothing of the inside. */
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
          `Something went wrong here. Quote request ${requestId} when you report it.`,
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
