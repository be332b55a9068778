import { ProblemError } from '#core/runtime/problem.js';

export interface RateFloor {
  /** Bytes that must come in every interval. */
  bytes: number;
  intervalMs: number;
}

/** Slow enough for any line that uploads film, fast enough that a client who went silent lets go of its upload. */
export const uploadRateFloor: RateFloor = { bytes: 16 * 1024, intervalMs: 20_000 };

/** Passes a body on; one that comes slower than the floor ends with a 408, and what has come by then stays. */
export function withRateFloor(
  body: ReadableStream<Uint8Array>,
  floor: RateFloor,
  onBytes: (bytes: number) => void,
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
          // While nobody reads, it is this side that is slow.
          const tooSlow = waiting && sinceCheck < floor.bytes;
          sinceCheck = 0;
          if (!tooSlow) return;
          settle();
          const problem = tooSlowProblem(floor);
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
          onBytes(value.length);
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
    `Fewer than ${floor.bytes} bytes came in ${floor.intervalMs / 1000} s. Ask for the offset and go on from there.`,
  );
}
