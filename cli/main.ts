import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '#cli/run-cli.js';

// dist/cli/main.js is two folders below the installation or the clone.
const installDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const isClone = existsSync(join(installDirectory, 'tsconfig.build.json'));

let lostOutput: NodeJS.ErrnoException | undefined;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of our output has gone (`… | head`): stop as after SIGTERM, so that `up` stops its services
    // in order. Any other error, such as a full disk below the output, must not end an instance.
    if (error.code === 'EPIPE') process.kill(process.pid, 'SIGTERM');
    else lostOutput = error;
  });

const exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  installDirectory,
  homeDirectory: isClone ? installDirectory : process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
});
if (lostOutput !== undefined)
  process.stderr.write(`millrace: a part of the output could not be written (${lostOutput.message})\n`);
process.exitCode = exitCode === 0 && lostOutput !== undefined ? 1 : exitCode;
