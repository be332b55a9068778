import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '#cli/run-cli.js';

// dist/cli/main.js is two folders below the installation or the clone.
const installDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const isClone = existsSync(join(installDirectory, 'tsconfig.build.json'));

// The reader of our output has gone (`… | head`): stop as after SIGTERM, so that `up` stops its services in
// order.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.kill(process.pid, 'SIGTERM');
    else throw error;
  });

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  installDirectory,
  homeDirectory: isClone ? installDirectory : process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
});
