import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { locateEncoder } from '#cli/api/locate-encoder.js';
import { RememberedUploads } from '#cli/api/remembered-uploads.js';
import { uploadFile } from '#cli/api/upload-file.js';
import { addCommonOptions } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions, Outcome } from '#cli/context/cli-context.js';
import { CliError, messageOf } from '#cli/context/cli-error.js';
import { publishFile, reportUpload } from '#cli/job/publish-file.js';
import { createOutput } from '#cli/output/create-output.js';
import { failedResult, type Output } from '#cli/output/events.js';
import { listenForStop } from '#cli/up/stop-signals.js';
import { ladderPresetSchema } from '#core/contracts/upload-settings.js';

interface Options extends CommonOptions {
  wait?: boolean;
  name?: string;
  codecs?: string;
  ladder?: string;
}

export function addUploadCommand(program: Command, context: CliContext, outcome: Outcome): void {
  const command = program
    .command('upload')
    .description('upload a video file; run it again to resume an interrupted upload')
    .argument('<file>', 'the video file')
    .option('--wait', 'wait until the title is ready or failed')
    .option('--name <name>', 'name of the title (default: the file name)')
    .option('--codecs <list>', 'comma-separated: h264 (required), hevc, av1')
    .option('--ladder <ladder>', 'standard, archive, fast, or a JSON file of rungs');
  addCommonOptions(command).action(async (file: string, options: Options) => {
    const output = createOutput(context, options.json);
    try {
      outcome.exitCode = await upload(file, options, context, output);
    } catch (error) {
      if (options.json && options.wait) output.emit(failedResult(messageOf(error)));
      throw error;
    } finally {
      output.close();
    }
  });
}

async function upload(file: string, options: Options, context: CliContext, output: Output): Promise<number> {
  const settings = await readUploadSettings(options);
  const { client, uploadsFile } = await locateEncoder(context, options.data);
  // The upload itself retries when the encoder is away; an encoder that is away from the start is reported at
  // once.
  await client.listTitles(1).next();
  const signals = listenForStop();
  const job = {
    client,
    input: { file, name: options.name, settings },
    remembered: new RememberedUploads(uploadsFile),
    output,
    signal: signals.stop,
  };
  try {
    if (options.wait) {
      const result = await publishFile(job);
      output.emit(result);
      if (signals.stop.aborted) return interrupted(context);
      return result.status === 'ready' ? 0 : 1;
    }
    const titleId = await uploadFile({ ...job, ...reportUpload(job) });
    const { name, state, pageUrl } = await client.readTitle(titleId);
    output.emit({ event: 'title', titleId, name, state, page: pageUrl });
    return 0;
  } catch (error) {
    if (!signals.stop.aborted) throw error;
    return interrupted(context);
  } finally {
    signals.release();
  }
}

function interrupted(context: CliContext): number {
  context.stderr.write('Interrupted. Run the command again to resume the upload.\n');
  return 130;
}

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
