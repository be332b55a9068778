import { homedir } from 'node:os';
import { join } from 'node:path';
import { EncoderClient } from '#cli/api/encoder-client.js';
import type { CliContext } from '#cli/context/cli-context.js';
import { CliError } from '#cli/context/cli-error.js';
import { dataFolderOf } from '#cli/instance/data-folder.js';
import { type Instance, readInstance } from '#cli/instance/instance-file.js';

export interface Encoder {
  client: EncoderClient;
  /** Where unfinished uploads to it are remembered. */
  uploadsFile: string;
  /** Set where it is the instance of a data folder. */
  instance: Instance | undefined;
}

/**
 * The encoder that a command talks to: the instance of `--data` where that is given, else MILLRACE_URL where that is
 * set, else the instance of the default data folder. Throws CliError saying what to start or set.
 */
export async function locateEncoder(context: CliContext, data: string | undefined): Promise<Encoder> {
  const { MILLRACE_URL: url, MILLRACE_API_KEY: key, XDG_CACHE_HOME: cache } = context.environment;
  if (data === undefined && url) {
    if (!key) throw new CliError('MILLRACE_URL is set and MILLRACE_API_KEY is not. Set it to an API key.');
    if (!/^https?:$/.test(protocolOf(url)))
      throw new CliError(`MILLRACE_URL is "${url}": want an address such as http://127.0.0.1:8081`);
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
