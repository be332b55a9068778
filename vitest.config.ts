import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

// Tests run the sources. Services run compiled JavaScript, through the "imports" of package.json. The
// specifiers are the same.
export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^#(core|planning|encoder|workers|delivery|edge|cli|fixtures|bench)\/(.*)\.js$/,
        replacement: `${root}$1/$2.ts`,
      },
      // The pages are bundled, not compiled by tsc, and mix .ts and .tsx: vite finds the extension.
      { find: /^#web\/(.*)\.js$/, replacement: `${root}web/src/$1` },
    ],
  },
  test: {
    include: ['{core,planning,encoder,workers,delivery,edge,cli,web,fixtures,bench,scripts}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests start real servers and encoders: on two cores, more files at once would only time out.
    maxWorkers: 2,
    pool: 'forks',
    restoreMocks: true,
  },
});
