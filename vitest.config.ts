import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

// Tests run the sources; the services run compiled JavaScript through package.json's "imports". Same specifiers, two targets.
export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^#(core|planning|encoder|workers|delivery|edge|cli|fixtures|bench)\/(.*)\.js$/,
        replacement: `${root}$1/$2.ts`,
      },
      // The pages are bundled, never compiled by tsc, and hold both .ts and .tsx: the extension is found by looking.
      { find: /^#web\/(.*)\.js$/, replacement: `${root}web/src/$1` },
    ],
  },
  test: {
    include: ['{core,planning,encoder,workers,delivery,edge,cli,web,fixtures,bench,scripts}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests start real servers and encoders: on two cores more files at once only make each other time out.
    maxWorkers: 2,
    pool: 'forks',
    restoreMocks: true,
  },
});
