import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = fileURLToPath(new URL('.', import.meta.url));
const all = ['{core,planning,encoder,workers,delivery,edge,cli,web,fixtures,bench,scripts}/**/*.test.ts'];

/**
 * Files whose tests mostly wait: for a video to play in real time, a dead worker's lock to expire, a deadline
 * to pass.
 */
const waiting = [
  'web/playback.browser.test.ts',
  'web/slow-encoder.browser.test.ts',
  'workers/publication.test.ts',
  'cli/up/up.test.ts',
  'core/storage/s3/s3-faults.test.ts',
  'workers/ffmpeg/watch-run.test.ts',
  'delivery/delivery-faults.test.ts',
  'encoder/encoder-process.test.ts',
];

/** Started first: a slow file that starts last runs alone at the end. */
const slowFiles = [
  'workers/sources.test.ts',
  ...waiting,
  'workers/report.test.ts',
  'workers/codec-sets.test.ts',
];

/**
 * `npm test` runs two lanes side by side: the waiting files in one process at a time, which costs the others
 * little, and all other files. Without a lane, vitest runs all files.
 */
const lane = process.env.MILLRACE_TEST_LANE;

class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = slowFiles.findIndex((file) => moduleId.endsWith(file));
      return index === -1 ? slowFiles.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

// Tests run the sources; the services run compiled JavaScript through package.json's "imports".
export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^#(core|planning|encoder|workers|delivery|edge|cli|fixtures|bench)\/(.*)\.js$/,
        replacement: `${root}$1/$2.ts`,
      },
      // The pages are bundled, not compiled by tsc, and have both .ts and .tsx files: Vite finds the
      // extension.
      { find: /^#web\/(.*)\.js$/, replacement: `${root}web/src/$1` },
    ],
  },
  test: {
    include: lane === 'waiting' ? waiting : all,
    exclude: ['**/node_modules/**', ...(lane === 'busy' ? waiting : [])],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests start real servers and encoders: on two cores, more files at a time make each other time out.
    maxWorkers: lane === 'waiting' ? 1 : 2,
    sequence: { sequencer: SlowFilesFirst },
    pool: 'forks',
    restoreMocks: true,
  },
});
