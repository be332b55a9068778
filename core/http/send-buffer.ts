import type { ServerResponse } from 'node:http';

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
