import { EncoderClient } from '#cli/api/encoder-client.js';
import { RememberedUploads } from '#cli/api/remembered-uploads.js';
import type { CliContext } from '#cli/context/cli-context.js';
import { type DataFolder, dataFolderOf, openDataFolder } from '#cli/instance/data-folder.js';
import { lockFolder } from '#cli/instance/folder-lock.js';
import { type Instance, removeInstance, writeInstance } from '#cli/instance/instance-file.js';
import { readOrCreateSecrets } from '#cli/instance/secrets.js';
import { checkTitle } from '#cli/job/check-title.js';
import { publishFile } from '#cli/job/publish-file.js';
import type { Output, ResultEvent } from '#cli/output/events.js';
import { choosePorts, defaultPort } from '#cli/up/choose-ports.js';
import { InstanceProcesses } from '#cli/up/instance-processes.js';
import { makeSampleClip } from '#cli/up/sample-clip.js';
import { listenForStop, type StopSignals } from '#cli/up/stop-signals.js';
import { surveyTitles } from '#cli/up/survey-titles.js';
import { describeInstance } from '#cli/up/topology.js';
import type { TitleResource } from '#core/contracts/title-resource.js';

export interface UpOptions {
  data: string | undefined;
  file: string | undefined;
  once: boolean;
  /** First port of the instance. Undefined: the default, or another base if that is in use. */
  port: number | undefined;
  workers: number;
  edges: number;
}

/**
 * Runs an instance until a signal stops it, or with `once` until its title is done. Resolves to the exit
 * code.
 */
export async function runUp(context: CliContext, options: UpOptions, output: Output): Promise<number> {
  const startedAtMs = performance.now();
  const folder = dataFolderOf(context, options.data);
  await openDataFolder(folder);
  const unlock = await lockFolder(folder);
  const signals = listenForStop();
  const processes = new InstanceProcesses(context, folder, output);
  try {
    const { instance, newKey } = await startInstance(
      context,
      folder,
      options,
      processes,
      output,
      signals.stop,
    );
    const client = new EncoderClient(instance.apiUrl, instance.apiKey);
    const { newest: titles, count } = await surveyTitles(client);
    output.emit({
      event: 'started',
      page: `${instance.deliveryUrl}/`,
      api: instance.apiUrl,
      data: folder.path,
      titles: count,
      elapsedSeconds: Math.round(performance.now() - startedAtMs) / 1000,
      ...(newKey ? { apiKey: instance.apiKey } : {}),
    });
    const result = await runJob({ context, folder, options, output, signals, client, titles });
    if (options.once) return signals.stop.aborted ? 130 : result?.status === 'ready' ? 0 : 1;
    output.emit({ event: 'notice', message: 'Press Ctrl-C to stop.' });
    await signals.stopped;
    return 0;
  } catch (error) {
    if (signals.stop.aborted) return 130;
    throw error;
  } finally {
    output.close();
    if (signals.stop.aborted)
      context.stderr.write(
        'Stopping: running encodes get a few seconds (press Ctrl-C again to stop at once) …\n',
      );
    await removeInstance(folder);
    await processes.stop(signals.force);
    await unlock();
    signals.release();
  }
}

async function startInstance(
  context: CliContext,
  folder: DataFolder,
  options: UpOptions,
  processes: InstanceProcesses,
  output: Output,
  signal: AbortSignal,
): Promise<{ instance: Instance; newKey: boolean }> {
  await processes.endLeftovers();
  const { ports, taken } = await choosePorts(options.port, options.edges);
  if (taken.length > 0) {
    const message = `Port ${taken.join(', ')} is in use: using ports from ${ports.delivery} instead of ${defaultPort}.`;
    output.emit({ event: 'notice', message });
  }
  const { secrets, created } = await readOrCreateSecrets(folder);
  const redisUrl = await processes.startRedis();
  const { installDirectory } = context;
  const topology = { folder, installDirectory, ports, secrets, redisUrl, slots: options.workers };
  await processes.startServices(topology, signal);
  const instance = describeInstance(topology, new Date(), process.pid);
  await writeInstance(folder, instance);
  return { instance, newKey: created };
}

interface JobInput {
  context: CliContext;
  folder: DataFolder;
  options: UpOptions;
  output: Output;
  signals: StopSignals;
  client: EncoderClient;
  titles: readonly TitleResource[];
}

/** Publishes `--file`, or the sample if there is no title yet; otherwise lists the titles. */
async function runJob(job: JobInput): Promise<ResultEvent | undefined> {
  const { options, output, titles, signals } = job;
  const hasTitles = titles.some(({ state }) => state !== 'uploading');
  if (options.file === undefined && !options.once && hasTitles) {
    for (const { titleId, name, state, pageUrl } of titles)
      output.emit({ event: 'title', titleId, name, state, page: pageUrl });
    return undefined;
  }
  const file =
    options.file === undefined
      ? await makeSampleClip(job.context, job.folder, output, signals.stop)
      : options.file;
  const result = await publishFile({
    client: job.client,
    input: { file, name: undefined, settings: undefined },
    remembered: new RememberedUploads(job.folder.uploadsFile),
    output,
    signal: signals.stop,
    ...(options.once ? { check: (title) => checkTitle(title, output, signals.stop) } : {}),
  });
  output.emit(result);
  return result;
}
