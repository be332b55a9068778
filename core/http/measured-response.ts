import { type IncomingMessage, ServerResponse } from 'node:http';

/**
 * A response that reports its first byte and the body bytes it sent. It is the `ServerResponse` option of
 * `createServer`. Unlike Content-Length, its figures hold for HEAD, 304 and aborted responses.
 */
export class MeasuredResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  /** Called once, when the first byte is written. */
  onFirstByte: (() => void) | undefined;
  /** Called with a number of body bytes each time the kernel has accepted some. */
  onBytesSent: ((bytes: number) => void) | undefined;
  private hasBegun = false;

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    this.begin();
    const { encoding, callback } = readArguments(rest);
    const bytes = this.countBody(chunk, encoding);
    return super.write(chunk, encoding as BufferEncoding, (error) => {
      if (!error && bytes > 0) this.onBytesSent?.(bytes);
      callback?.(error);
    });
  }

  override end(...all: unknown[]): this {
    this.begin();
    const [chunk, ...rest] = typeof all[0] === 'function' ? [undefined, all[0]] : all;
    const { encoding, callback } = readArguments(rest);
    const bytes = this.countBody(chunk, encoding);
    if (bytes > 0) this.once('finish', () => this.onBytesSent?.(bytes));
    return super.end(chunk, encoding as BufferEncoding, callback);
  }

  private begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.onFirstByte?.();
  }

  /** Node.js discards the body of a response that must not have one. */
  private countBody(chunk: unknown, encoding: BufferEncoding | undefined): number {
    const hasBody = this.req.method !== 'HEAD' && this.statusCode !== 204 && this.statusCode !== 304;
    if (!hasBody || chunk === undefined || chunk === null) return 0;
    return typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : (chunk as Uint8Array).length;
  }
}

type WriteCallback = (error?: Error | null) => void;

function readArguments(rest: readonly unknown[]): {
  encoding: BufferEncoding | undefined;
  callback: WriteCallback | undefined;
} {
  const [first, second] = rest;
  return typeof first === 'function'
    ? { encoding: undefined, callback: first as WriteCallback }
    : { encoding: first as BufferEncoding | undefined, callback: second as WriteCallback | undefined };
}

/** Large enough that the extra writes cost little. Aborted responses are counted to this precision. */
const pieceBytes = 1024 * 1024;

/** Ends a response with `body`. Resolves when the last piece is handed over or the connection has closed. */
export async function sendBuffer(response: ServerResponse, body: Buffer): Promise<void> {
  let offset = 0;
  for (; body.length - offset > pieceBytes; offset += pieceBytes)
    if (!(await writePiece(response, body.subarray(offset, offset + pieceBytes)))) return;
  response.end(body.subarray(offset));
}

/** Resolves to true when the kernel has accepted `piece`, to false if the connection closes first. */
export async function writePiece(response: ServerResponse, piece: Buffer): Promise<boolean> {
  if (response.destroyed) return false;
  return new Promise((resolve) => {
    // Node.js may never call the callback of a write to a closing socket.
    const close = (): void => resolve(false);
    response.once('close', close);
    response.write(piece, (error) => {
      response.off('close', close);
      resolve(!error);
    });
  });
}
