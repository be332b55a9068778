import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * Builds the pages into `dist/web`, which delivery serves: one index.html, and files with content hashes in
 * /assets.
 */
export default defineConfig({
  root: here,
  base: '/',
  publicDir: false,
  resolve: { alias: [{ find: /^#web\/(.*)\.js$/, replacement: `${here}src/$1` }] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // Inlines nothing, because the content security policy allows no `data:` scripts, styles or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One chunk of 0.8 MB is mostly hls.js. Only the watch page loads it.
    chunkSizeWarningLimit: 800,
  },
});
