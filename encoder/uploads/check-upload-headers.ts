import { ProblemError } from '#core/runtime/problem.js';

export const tusVersion = '1.0.0';
const uploadBodyType = 'application/offset+octet-stream';
const DECIMAL = /^(0|[1-9][0-9]{0,15})$/;

/**
 * Checks a request's headers against tus 1.0.0 and the limits of this service, before the body is read.
 * Throws a ProblemError with the status of each case; the tus library would answer 400 to most of them.
 */
export function checkUploadHeaders(method: string, headers: Headers, maxBytes: number): void {
  // "If the version specified by the Client is not supported by the Server, it MUST respond with 412."
  if (headers.get('tus-resumable') !== tusVersion) {
    throw new ProblemError(412, 'tus-version', `Send the header "Tus-Resumable: ${tusVersion}".`, {
      headers: { 'tus-version': tusVersion },
    });
  }
  if (headers.has('x-http-method-override'))
    throw new ProblemError(400, 'method-override', 'X-HTTP-Method-Override is not supported.');
  if (headers.has('content-encoding'))
    throw new ProblemError(415, 'compressed-body', 'Send the file uncompressed, without Content-Encoding.');
  if (method === 'POST') checkCreation(headers, maxBytes);
  if (method === 'PATCH') checkPatch(headers);
}

function checkCreation(headers: Headers, maxBytes: number): void {
  if (headers.has('upload-concat') || headers.has('upload-defer-length')) {
    throw new ProblemError(
      400,
      'unsupported-extension',
      'Upload-Concat and Upload-Defer-Length are not supported. Send one upload of known length.',
    );
  }
  const bytes = requireDecimal(headers, 'upload-length');
  if (bytes > maxBytes) throw sourceTooLarge(bytes, maxBytes);
  const bodyType = headers.get('content-type');
  const hasBody = Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding');
  if (hasBody && bodyType !== uploadBodyType) throw wrongType(bodyType);
}

function checkPatch(headers: Headers): void {
  if (headers.get('content-type') !== uploadBodyType) throw wrongType(headers.get('content-type'));
  requireDecimal(headers, 'upload-offset');
}

export function sourceTooLarge(bytes: number, maxBytes: number): ProblemError {
  return new ProblemError(
    413,
    'source-too-large',
    `The file has ${bytes} bytes. This installation accepts at most ${maxBytes}.`,
  );
}

function wrongType(given: string | null): ProblemError {
  const shown = given === null ? 'no Content-Type' : JSON.stringify(given.slice(0, 80));
  return new ProblemError(415, 'upload-type', `Send "Content-Type: ${uploadBodyType}", not ${shown}.`);
}

function requireDecimal(headers: Headers, name: string): number {
  const value = headers.get(name);
  if (value !== null && DECIMAL.test(value)) return Number(value);
  const shown = value === null ? 'missing' : JSON.stringify(value.slice(0, 40));
  throw new ProblemError(400, name, `The header ${name} must be a whole number of bytes, but is ${shown}.`);
}
