import { readFile } from 'node:fs/promises';
import { CliError, messageOf } from '#cli/context/cli-error.js';
import { ladderPresetSchema } from '#core/contracts/upload-settings.js';

/**
 * Turns `--codecs` and `--ladder` into the API's settings; undefined if neither is given. Only the encoder
 * validates them, so that every client gets the same messages.
 */
export async function readUploadSettings(options: {
  codecs?: string;
  ladder?: string;
}): Promise<Record<string, unknown> | undefined> {
  const { codecs, ladder } = options;
  if (codecs === undefined && ladder === undefined) return undefined;
  return {
    ...(codecs === undefined ? {} : { codecs: withH264(codecs) }),
    ...(ladder === undefined ? {} : { ladder: await readLadder(ladder) }),
  };
}

function withH264(list: string): string[] {
  const named = list
    .split(',')
    .map((codec) => codec.trim().toLowerCase())
    .filter((codec) => codec !== '');
  return named.includes('h264') ? named : ['h264', ...named];
}

async function readLadder(ladder: string): Promise<unknown> {
  if (ladderPresetSchema.safeParse(ladder).success) return ladder;
  try {
    return JSON.parse(await readFile(ladder, 'utf8')) as unknown;
  } catch (error) {
    throw new CliError(
      `--ladder ${ladder} is neither ${ladderPresetSchema.options.join(', ')} nor a readable JSON file (${messageOf(error)}). ` +
        'The file holds a list of rungs: [{"height": 720, "maxBitsPerSecond": 3000000}].',
      { cause: error },
    );
  }
}
