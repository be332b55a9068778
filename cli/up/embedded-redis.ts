import { createHash } from 'node:crypto';
import { lstat, mkdir, rm, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliError } from '#cli/context/cli-error.js';
import type { DataFolder } from '#cli/instance/data-folder.js';
import { isDamageReported, putAppendOnlyFolderAside } from '#cli/up/append-only-folder.js';
import { findCause, logFileOf, readLogSince } from '#cli/up/service-log.js';
import { type ProcessListener, SupervisedProcess } from '#cli/up/supervised-process.js';
import { pollUntil } from '#cli/up/wait-until-ready.js';

/** Generous, because loading a large append-only file takes time. */
const startWithinMs = 60_000;
const leftoverEndsWithinMs = 10_000;

/**
 * Stops redis-server when our end of the pipe closes, however we ended. Uses a shell instead of prctl(2) to
 * work on macOS too. Standard input is duplicated because `sh` gives a background job /dev/null instead.
 */
const guardScript = `exec 3<&0
redis-server "$@" </dev/null 3<&- & server=$!
(read -r _ <&3; kill -TERM $server 2>/dev/null) & watcher=$!
exec 3<&-
wait $server; code=$?
kill $watcher 2>/dev/null
exit $code`;

export interface EmbeddedRedis {
  url: string;
  process: SupervisedProcess;
}

export interface RedisInput {
  folder: DataFolder;
  socket: string;
  environment: NodeJS.ProcessEnv;
  listener: ProcessListener;
  /** Called with a sentence for people after a damaged append-only file was moved aside. */
  notice: (message: string) => void;
}

/**
 * Starts the instance's own Redis on a unix socket, append-only. An append-only file that it cannot load is
 * moved aside, at this start and before every restart. Throws CliError if it does not start.
 */
export async function startRedis(input: RedisInput): Promise<EmbeddedRedis> {
  const { folder, socket } = input;
  await endLeftoverRedis(socket);
  let attempt = await tryStart(input);
  if (!attempt.answers && (await repair(input, attempt.logged))) attempt = await tryStart(input);
  if (!attempt.answers) throw startError(folder, attempt.failure);
  return { url: unixUrl(socket), process: attempt.process };
}

/** Moves the append-only file aside if `logged` says that it is damaged. Resolves to whether it did. */
async function repair({ folder, notice }: RedisInput, logged: string): Promise<boolean> {
  if (!isDamageReported(logged)) return false;
  const aside = await putAppendOnlyFolderAside(folder.redis);
  notice(
    `Redis could not read its append-only file. It is kept as ${aside}; the queue is rebuilt from storage.`,
  );
  return true;
}

async function tryStart(input: RedisInput) {
  const { folder, socket, environment, listener } = input;
  await rm(socket, { force: true });
  const logFile = logFileOf(folder.logs, 'redis');
  const logStart = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  const redis = new SupervisedProcess(
    {
      name: 'redis',
      command: 'sh',
      parameters: ['-c', guardScript, 'redis-guard', ...redisSettings(folder, socket)],
      environment,
      workingDirectory: folder.redis,
      logFile,
      tie: 'pipe',
      repair: async (logged) => {
        await repair(input, logged);
      },
    },
    listener,
  );
  await redis.start();
  let answers = false;
  await pollUntil(async () => {
    answers = (await ask(socket, 'PING')).startsWith('+PONG');
    return answers || redis.failure !== undefined;
  }, startWithinMs);
  if (answers) return { answers: true as const, process: redis };
  await redis.stop(AbortSignal.abort());
  const logged = await readLogSince(logFile, logStart);
  const failure = redis.failure ?? findCause(logged) ?? 'it did not answer';
  return { answers: false as const, failure, logged };
}

function redisSettings(folder: DataFolder, socket: string): string[] {
  const settings: Record<string, string> = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: folder.redis,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/**
 * Stops a Redis that a dead instance left on our socket: we hold the folder's lock, so no live instance owns
 * it.
 */
async function endLeftoverRedis(socket: string): Promise<void> {
  if ((await ask(socket, 'PING')) === '') return;
  await ask(socket, 'SHUTDOWN NOSAVE');
  const gone = await pollUntil(async () => (await ask(socket, 'PING')) === '', leftoverEndsWithinMs);
  if (!gone)
    throw new CliError(
      `An old redis-server still listens on ${socket} and does not stop. Stop it, then start again.`,
    );
}

/** Sends one inline command; resolves to the first reply, or to an empty string if there is none. */
async function ask(socket: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    const end = (answer: string): void => {
      connection.destroy();
      resolve(answer);
    };
    connection.setTimeout(1_000, () => end(''));
    connection.once('connect', () => connection.write(`${command}\r\n`));
    connection.once('data', (bytes) => end(bytes.toString('latin1')));
    connection.once('error', () => end(''));
    connection.once('close', () => resolve(''));
  });
}

function unixUrl(socket: string): string {
  return pathToFileURL(socket).href.replace(/^file:/, 'unix:');
}

function startError(folder: DataFolder, failure: string): CliError {
  return new CliError(`Redis did not start (${failure}). Its log is ${logFileOf(folder.logs, 'redis')}.`);
}

/** sun_path holds 108 bytes on Linux and 104 on macOS, including the final zero. */
const maxSocketPathBytes = 103;

/**
 * Path of the private Redis socket: in the data folder, or in a short private folder if that path is too
 * long.
 */
export async function redisSocketOf(folder: DataFolder): Promise<string> {
  const inFolder = join(folder.redis, 'redis.sock');
  if (Buffer.byteLength(inFolder) <= maxSocketPathBytes) return inFolder;
  const userId = process.getuid?.() ?? 0;
  const digest = createHash('sha256').update(folder.path).digest('hex').slice(0, 16);
  const directory = join(tmpdir(), `millrace-${userId}-${digest}`);
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  // The name can be guessed and the parent is world-writable: refuse a folder that another user made.
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== userId || (found.mode & 0o077) !== 0)
    throw new CliError(`${directory} is not a private folder of this user. Delete it and start again.`);
  return join(directory, 'redis.sock');
}
