import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Builds the pages into `dist/web`, which delivery serves: one index.html and hashed files in /assets. */
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
    // Nothing is inlined: a content security policy without `data:` scripts, styles or fonts then holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // hls.js is most of one 0.8 MB chunk that only the watch page loads.
    chunkSizeWarningLimit: 800,
  },
});
