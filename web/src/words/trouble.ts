/** An explanation of what went wrong: a heading and a sentence for people, a code for engineers. */
export interface Trouble {
  heading: string;
  sentence: string;
  /** A failure code, a problem type or an hls.js error. */
  code?: string;
  requestId?: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
}

/** The fields of an RFC 9457 problem document that these pages use. */
export interface ProblemDocument {
  kind: string;
  status: number;
  detail: string;
  requestId?: string;
}

const PREFIX = 'urn:millrace:problem:';

/** Reads a problem document. Returns undefined for any other body, such as a proxy's error page. */
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
  400: 'The request was not valid',
  401: 'This title is not public',
  403: 'You may not watch this title',
  404: 'There is no such title',
  409: 'This title cannot play yet',
  410: 'This title has been deleted',
  429: 'Too many requests',
  503: 'The service is not available',
};

const plainSentences: Record<number, string> = {
  404: 'Nothing is published at this address. Check it, or go back to the library.',
  410: 'It has been removed for good.',
  503: 'It is usually back within seconds.',
};

/** Explains an HTTP error. Uses the sentence of its problem document, if it has one. */
export function troubleOfAnswer(status: number, body: string): Trouble {
  const problem = readProblem(body, status);
  return {
    heading: headings[status] ?? (status >= 500 ? 'The server has a problem' : 'The request failed'),
    sentence: problem?.detail ?? plainSentences[status] ?? `The server answered with status ${status}.`,
    code: problem?.kind ?? `http-${status}`,
    ...(problem?.requestId === undefined ? {} : { requestId: problem.requestId }),
    retryable: status === 409 || status === 429 || status >= 500,
  };
}

/** Explains that no answer came: the network or the delivery service is down. */
export function troubleOfSilence(): Trouble {
  return {
    heading: 'The delivery service does not answer',
    sentence: 'It may be restarting, or your connection is down. This page keeps trying.',
    code: 'no-answer',
    retryable: true,
  };
}

/** Explains an answer of the wrong kind, such as HTML in place of JSON. */
export function troubleOfGarble(): Trouble {
  return {
    heading: 'The answer could not be read',
    sentence: 'Something other than Millrace answered at this address.',
    code: 'not-json',
    retryable: true,
  };
}
