/**
 * Something that went wrong, ready to be read: a heading, one sentence, and what an engineer would ask for.
 */
export interface Trouble {
  heading: string;
  sentence: string;
  /** Machine-readable kind, shown small: a failure code, a problem type or an hls.js error. */
  code?: string;
  requestId?: string;
  /** Whether trying the same again may help. */
  retryable: boolean;
}

/** An RFC 9457 problem document, as far as these pages use it. */
export interface ProblemDocument {
  kind: string;
  status: number;
  detail: string;
  requestId?: string;
}

const PREFIX = 'urn:millrace:problem:';

/** Reads a problem document; undefined for a body that is none (a proxy's error page, an empty answer). */
export function readProblem(body: string, status: number): ProblemDocument | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, detail, title, requestId } = value as Record<string, unknown>;
  const sentence = typeof detail === 'string' ? detail : title;
  if (typeof sentence !== 'string' || sentence === '') return undefined;
  return {
    kind: typeof type === 'string' && type.startsWith(PREFIX) ? type.slice(PREFIX.length) : `http-${status}`,
    status,
    detail: sentence,
    ...(typeof requestId === 'string' ? { requestId } : {}),
  };
}

const headings: Record<number, string> = {
  400: 'That request makes no sense to Millrace',
  401: 'This title is not open to everybody',
  403: 'This title is not open to you',
  404: 'There is no such title',
  409: 'This title cannot play yet',
  410: 'This title has been deleted',
  429: 'Too many requests at once',
  503: 'Not available at the moment',
};

const plainSentences: Record<number, string> = {
  404: 'Nothing is published at this address. Check it, or go back to the library.',
  410: 'It was here once and has been taken away for good.',
  503: 'The service cannot answer now. It usually can again within seconds.',
};

/** An HTTP answer that was not the one wanted, in its own words where it brought some. */
export function troubleOfAnswer(status: number, body: string): Trouble {
  const problem = readProblem(body, status);
  return {
    heading: headings[status] ?? (status >= 500 ? 'The service has a problem' : 'That did not work'),
    sentence: problem?.detail ?? plainSentences[status] ?? `The service answered with status ${status}.`,
    code: problem?.kind ?? `http-${status}`,
    ...(problem?.requestId === undefined ? {} : { requestId: problem.requestId }),
    retryable: status === 409 || status === 429 || status >= 500,
  };
}

/** Nobody answered at all: the network, or the delivery service, is down. */
export function troubleOfSilence(): Trouble {
  return {
    heading: 'The delivery service does not answer',
    sentence: 'It may be restarting, or the connection is down. This page keeps trying.',
    code: 'no-answer',
    retryable: true,
  };
}

/** An answer that is not what it should be, such as a page of HTML in place of JSON. */
export function troubleOfGarble(): Trouble {
  return {
    heading: 'The answer could not be read',
    sentence: 'Something other than Millrace answered at this address.',
    code: 'not-json',
    retryable: true,
  };
}
