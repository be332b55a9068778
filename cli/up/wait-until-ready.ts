import { CliError, messageOf } from '#cli/context/cli-error.js';
import type { SupervisedProcess } from '#cli/up/supervised-process.js';
import type { ServiceSpec } from '#cli/up/topology.js';

const readyWithinMs = 60_000;

/**
 * Resolves when `/readyz` answers 200. Throws a CliError with the reason: the process ended, or what it
 * lacks.
 */
export async function waitUntilReady(
  spec: ServiceSpec,
  process: SupervisedProcess,
  logFile: string,
  signal: AbortSignal,
): Promise<void> {
  let lack = 'it does not answer';
  const ready = await pollUntil(async () => {
    signal.throwIfAborted();
    if (process.failure !== undefined || process.isStopping) return true;
    lack = await lackOf(spec.url);
    return lack === '';
  }, readyWithinMs);
  if (process.failure !== undefined)
    throw new CliError(`${spec.name} did not start (${process.failure}). Its log is ${logFile}.`);
  if (!ready)
    throw new CliError(
      `${spec.name} is not ready after ${readyWithinMs / 1000} s (${lack}). Its log is ${logFile}.`,
    );
}

/** Lists the failed checks that `/readyz` reports. */
async function lackOf(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    const text = await response.text();
    return response.ok ? '' : text;
  } catch (error) {
    return messageOf((error as Error).cause ?? error);
  }
}

const everyMs = 50;

/** Checks `condition` every 50 ms; false if it does not hold within `timeoutMs`. */
export async function pollUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
