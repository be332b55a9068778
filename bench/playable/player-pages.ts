import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

export type PlayerName = 'hls.js' | 'shaka-player';

/** Each player's bundle, and the script that plays `src` in `video` with the player's default settings. */
const players: Record<PlayerName, { bundle: string; script: string }> = {
  'hls.js': {
    bundle: 'hls.js/dist/hls.min.js',
    script: `
      const hls = new Hls();
      hls.on(Hls.Events.ERROR, (_, { type, details, fatal }) => window.report.errors.push({ what: type + ' ' + details, fatal }));
      hls.loadSource(src);
      hls.attachMedia(video);`,
  },
  'shaka-player': {
    bundle: 'shaka-player/dist/shaka-player.compiled.js',
    script: `
      shaka.polyfill.installAll();
      const player = new shaka.Player();
      const note = (error) => window.report.errors.push({ what: 'code ' + error.code + ' ' + JSON.stringify(error.data), fatal: error.severity === 2 });
      player.addEventListener('error', ({ detail }) => note(detail));
      player.attach(video).then(() => player.load(src)).catch(note);`,
  },
};

export interface PlayerPages {
  /** Address of a page that plays `playlistUrl` at once, muted. */
  addressOf(player: PlayerName, playlistUrl: string): string;
  stop(): Promise<void>;
}

/** Serves one page per player on loopback. */
export async function servePlayerPages(): Promise<PlayerPages> {
  const { resolve } = createRequire(import.meta.url);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://pages');
    const name = decodeURIComponent(pathname.slice(1)).replace(/\.js-bundle$/, '') as PlayerName;
    const player = players[name];
    if (!player) return response.writeHead(404).end();
    if (!pathname.endsWith('.js-bundle'))
      return response.writeHead(200, { 'content-type': 'text/html' }).end(pageOf(name, player.script));
    readFile(resolve(player.bundle)).then(
      (text) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    addressOf: (player, playlistUrl) =>
      `http://127.0.0.1:${port}/${encodeURIComponent(player)}?src=${encodeURIComponent(playlistUrl)}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}

function pageOf(name: PlayerName, script: string): string {
  return `<!doctype html><title>${name}</title>
    <video muted autoplay playsinline width="1280" height="720"></video>
    <script src="/${encodeURIComponent(name)}.js-bundle"></script>
    <script>const src = new URL(location.href).searchParams.get('src'); const video = document.querySelector('video'); ${script}</script>`;
}
