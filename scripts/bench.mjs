// `npm run bench -- NAME …`: builds, then runs bench/NAME/main.ts with the remaining parameters.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { testPrograms } from './setup/programs.mjs';
import { orExplain, root, setUp } from './setup/set-up.mjs';

const [name = '', ...parameters] = process.argv.slice(2);
const names = readdirSync(join(root, 'bench')).filter((entry) =>
  existsSync(join(root, 'bench', entry, 'main.ts')),
);
if (!names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- ${names.join('|')} [parameters]\n`);
  process.exit(2);
}
await orExplain(() => setUp(testPrograms));
const { status } = spawnSync(process.execPath, [join('dist', 'bench', name, 'main.js'), ...parameters], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
