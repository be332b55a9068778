import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import { addCommonOptions, wholeNumber } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions, Outcome } from '#cli/context/cli-context.js';
import { CliError } from '#cli/context/cli-error.js';
import { type DataFolder, dataFolderOf } from '#cli/instance/data-folder.js';
import { readInstance } from '#cli/instance/instance-file.js';
import { queueNames } from '#core/queue/queues.js';

interface Options extends CommonOptions {
  slots?: number;
  queues?: string;
}

export function addWorkerCommand(program: Command, context: CliContext, outcome: Outcome): void {
  const command = program
    .command('worker')
    .description(
      'run another worker for a local instance, or for MILLRACE_REDIS_URL and MILLRACE_STORAGE_URL',
    )
    .option(
      '--slots <number>',
      'number of ffmpeg processes at a time (default: number of cores)',
      wholeNumber(1, 256),
    )
    .option('--queues <list>', `serve only these queues, comma-separated (default: ${queueNames.join(',')})`);
  addCommonOptions(command).action(async (options: Options) => {
    const settings = await settingsFor(context, options);
    outcome.exitCode = await runWorker(context, settings);
  });
}

/**
 * A complete environment wins unless `--data` is given. The worker logs JSON lines with or without `--json`.
 */
async function settingsFor(context: CliContext, options: Options): Promise<Record<string, string>> {
  const folder = dataFolderOf(context, options.data);
  return {
    ...(await backEndsFor(context, folder, options.data !== undefined)),
    ...(options.slots === undefined ? {} : { MILLRACE_SLOTS: String(options.slots) }),
    ...(options.queues === undefined ? {} : { MILLRACE_QUEUES: options.queues }),
  };
}

async function backEndsFor(
  context: CliContext,
  folder: DataFolder,
  folderIsNamed: boolean,
): Promise<Record<string, string>> {
  const { MILLRACE_REDIS_URL: redis, MILLRACE_STORAGE_URL: storage } = context.environment;
  if (!folderIsNamed && redis && storage) return {};
  const instance = await readInstance(folder);
  if (!instance)
    throw new CliError(
      `No Millrace runs in ${folder.path}. Start it with "millrace up", name its folder with --data DIR, or set MILLRACE_REDIS_URL and MILLRACE_STORAGE_URL.`,
    );
  return {
    MILLRACE_REDIS_URL: instance.redisUrl,
    MILLRACE_STORAGE_URL: instance.storageUrl,
    MILLRACE_SCRATCH_DIR: folder.scratch,
  };
}

/** Runs the worker until it exits. Passes signals on, so that it can hand its tasks back. */
async function runWorker(context: CliContext, settings: Record<string, string>): Promise<number> {
  const worker = spawn(process.execPath, [join(context.installDirectory, 'dist', 'workers', 'main.js')], {
    env: { ...context.environment, ...settings, MILLRACE_EXIT_WITH_PARENT: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const passOn = (signal: NodeJS.Signals): void => void worker.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, passOn);
  try {
    return await new Promise<number>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}
