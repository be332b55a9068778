import { ProblemError } from '#core/runtime/problem.js';

export interface RateFloor {
  /** Bytes that must arrive in every interval. */
  bytes: number;
  intervalMs: number;
}

/** Slower than any usable uplink, and fast enough to unlock the upload of a silent client within a minute. */
export const uploadRateFloor: RateFloor = { bytes: 16 * 1024, intervalMs: 20_000 };

interface RateObserver {
  onBytes(bytes: number): void;
  /** Called once, with the problem that the body fails with. */
  onTooSlow(problem: ProblemError): void;
}

/** Passes a body through. Fails with a 408 problem if it arrives more slowly than `floor`. */
export function withRateFloor(
  body: ReadableStream<Uint8Array>,
  floor: RateFloor,
  observer: RateObserver,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let sinceCheck = 0;
  let waiting = false;
  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => clearInterval(timer);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setInterval(() => {
          // Without a pending read the slow side is the server, not the client.
          const tooSlow = waiting && sinceCheck < floor.bytes;
          sinceCheck = 0;
          if (!tooSlow) return;
          settle();
          const problem = tooSlowProblem(floor);
          observer.onTooSlow(problem);
          controller.error(problem);
          reader.cancel(problem).catch(() => undefined);
        }, floor.intervalMs);
      },
      async pull(controller) {
        waiting = true;
        try {
          const { done, value } = await reader.read();
          waiting = false;
          if (done) {
            settle();
            controller.close();
            return;
          }
          sinceCheck += value.length;
          observer.onBytes(value.length);
          controller.enqueue(value);
        } catch (error) {
          settle();
          throw error;
        }
      },
      async cancel(reason) {
        settle();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function tooSlowProblem(floor: RateFloor): ProblemError {
  return new ProblemError(
    408,
    'upload-too-slow',
    `Fewer than ${floor.bytes} bytes arrived in ${floor.intervalMs / 1000} s. Ask for the offset and resume.`,
  );
}
