import type { ClientRequest } from 'node:http';
import { DefaultHttpStack, type HttpRequest } from 'tus-js-client';

/**
 * Requests that fail with `ETIMEDOUT` once no byte has passed for `maxIdleMs`. A frozen encoder, or a network
 * that swallows packets, closes no connection: the library alone would wait for ever.
 */
export class IdleLimitHttpStack extends DefaultHttpStack {
  constructor(private readonly maxIdleMs: number) {
    super({});
  }

  override createRequest(method: string, url: string): HttpRequest {
    const request = super.createRequest(method, url);
    const send = request.send.bind(request);
    request.send = (body) => {
      const answer = send(body);
      const underlying = request.getUnderlyingObject() as ClientRequest;
      underlying.setTimeout(this.maxIdleMs, () => underlying.destroy(idleError(method, this.maxIdleMs)));
      return answer;
    };
    return request;
  }
}

function idleError(method: string, maxIdleMs: number): Error {
  const message = `${method}: no byte sent or received in ${maxIdleMs / 1000} s`;
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}
