import { getOptions, parse, setOptions } from 'hls-parser';

/** Why hls-parser, in its strict mode, refuses a playlist; undefined where it reads it. */
export function findStrictRefusal(text: string): string | undefined {
  const before = getOptions();
  // The parser's options are the whole process'; nothing else runs before they are put back.
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
