import { homedir } from 'node:os';
import { join } from 'node:path';
import { EncoderClient } from '#cli/api/encoder-client.js';
import type { CliContext } from '#cli/context/cli-context.js';
import { CliError } from '#cli/context/cli-error.js';
import { dataFolderOf } from '#cli/instance/data-folder.js';
import { type Instance, readInstance } from '#cli/instance/instance-file.js';

export interface Encoder {
  client: EncoderClient;
  /** File that keeps unfinished uploads to this encoder, so that they can be resumed. */
  uploadsFile: string;
  /** Set when the encoder belongs to the instance of a data folder. */
  instance: Instance | undefined;
}

/**
 * Finds the encoder that a command talks to: the instance in `--data` if given, else MILLRACE_URL if set,
 * else the instance in the default data folder. Throws a CliError that says what to start or set.
 */
export async function locateEncoder(context: CliContext, data: string | undefined): Promise<Encoder> {
  const { MILLRACE_URL: url, MILLRACE_API_KEY: key, XDG_CACHE_HOME: cache } = context.environment;
  if (data === undefined && url) {
    if (!key) throw new CliError('MILLRACE_URL is set, but MILLRACE_API_KEY is not. Set it to an API key.');
    if (!/^https?:$/.test(protocolOf(url)))
      throw new CliError(`MILLRACE_URL is "${url}": expected an address such as http://127.0.0.1:8081`);
    return {
      client: new EncoderClient(url.replace(/\/+$/, ''), key),
      uploadsFile: join(cache || join(homedir(), '.cache'), 'millrace', 'uploads.json'),
      instance: undefined,
    };
  }
  const folder = dataFolderOf(context, data);
  const instance = await readInstance(folder);
  if (!instance)
    throw new CliError(
      `No Millrace runs in ${folder.path}. Start it with "millrace up", name its folder with --data DIR, or set MILLRACE_URL and MILLRACE_API_KEY.`,
    );
  return {
    client: new EncoderClient(instance.apiUrl, instance.apiKey),
    uploadsFile: folder.uploadsFile,
    instance,
  };
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}
