import { getOptions, parse, setOptions } from 'hls-parser';

/** Returns the reason for which hls-parser in strict mode rejects a playlist; undefined if it accepts it. */
export function findStrictRefusal(text: string): string | undefined {
  const before = getOptions();
  // The options are global to the process; parsing is synchronous, so nothing else runs with them.
  setOptions({ strictMode: true });
  try {
    parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    setOptions({ strictMode: false, ...before });
  }
}
