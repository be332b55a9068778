import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface WebFile {
  body: Uint8Array<ArrayBuffer>;
  /** Undefined if gzip saves too little. */
  gzipped: Uint8Array<ArrayBuffer> | undefined;
  contentType: string;
  etag: string;
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * Holds the built pages in memory, by exact path, so that no request can reach another file. Until the folder
 * exists, tries again to load it, at most every three seconds.
 */
export class WebPages {
  private files: ReadonlyMap<string, WebFile> = new Map();
  private triedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly directory: string,
    private readonly nowMs: () => number,
  ) {}

  /** `path` is that of the URL, such as `/assets/index-4f2a.js`; `/index.html` is the page itself. */
  async find(path: string): Promise<WebFile | undefined> {
    if (this.files.size === 0 && this.nowMs() - this.triedAtMs > retryMs) {
      this.triedAtMs = this.nowMs();
      this.files = await loadFolder(this.directory);
    }
    return this.files.get(path);
  }
}

const retryMs = 3_000;

async function loadFolder(directory: string): Promise<Map<string, WebFile>> {
  const files = new Map<string, WebFile>();
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const contentType = contentTypes[extname(entry.name)];
    // Files of other types, such as source maps, are not served.
    if (!entry.isFile() || contentType === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file
      .slice(directory.replace(/[/\\]+$/, '').length)
      .split(sep)
      .join('/');
    files.set(path, await loadFile(file, contentType));
  }
  return files;
}

async function loadFile(file: string, contentType: string): Promise<WebFile> {
  const body = new Uint8Array(await readFile(file));
  const gzipped = new Uint8Array(await promisify(gzip)(body));
  return {
    body,
    gzipped: gzipped.length < body.length * 0.9 ? gzipped : undefined,
    contentType,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  };
}
