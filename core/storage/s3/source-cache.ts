import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalSource } from '#core/storage/object-store.js';

const partialSuffix = '.partial';

interface CachedSource {
  path: string;
  bytes: number;
  users: number;
  lastUsedAt: number;
  ready: Promise<void>;
}

/**
 * Keeps whole objects as local files that ffmpeg can seek in. Concurrent users share one download. Unused
 * files stay until all files together exceed `maxBytes`; then the least recently used are removed first. The
 * folder belongs to one process, which takes over the files of an earlier one and removes its partial
 * downloads.
 */
export class SourceCache {
  private readonly sources = new Map<string, CachedSource>();
  private opening: Promise<void> | undefined;

  constructor(
    private readonly directory: string,
    private readonly maxBytes: number,
    private readonly fetchTo: (key: string, etag: string, path: string) => Promise<void>,
  ) {}

  async open(version: { key: string; etag: string; bytes: number }): Promise<LocalSource> {
    this.opening ??= this.takeOver().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    await this.opening;
    const name = createHash('sha256').update(`${version.key}\n${version.etag}`).digest('hex').slice(0, 40);
    const source = await this.use(name, version);
    let released = false;
    return {
      path: source.path,
      release: async () => {
        if (released) return;
        released = true;
        this.stopUsing(source);
        await this.evict();
      },
    };
  }

  /** Counts the user before the first wait, so that its file cannot be evicted in between. */
  private async use(
    name: string,
    version: { key: string; etag: string; bytes: number },
  ): Promise<CachedSource> {
    const source = this.sources.get(name) ?? this.start(name, version);
    source.users += 1;
    try {
      await source.ready;
    } catch (error) {
      this.stopUsing(source);
      throw error;
    }
    if (await stat(source.path).catch(() => undefined)) return source;
    // Another program removed the file.
    this.stopUsing(source);
    if (this.sources.get(name) === source) this.sources.delete(name);
    return this.use(name, version);
  }

  private start(name: string, version: { key: string; etag: string; bytes: number }): CachedSource {
    const path = join(this.directory, name);
    const source = { path, bytes: version.bytes, users: 0, lastUsedAt: 0, ready: Promise.resolve() };
    source.ready = this.download(version, path).catch((error: unknown) => {
      this.sources.delete(name);
      throw error;
    });
    this.sources.set(name, source);
    return source;
  }

  private async download(version: { key: string; etag: string }, path: string): Promise<void> {
    const partial = `${path}${partialSuffix}`;
    try {
      await this.evict();
      await this.fetchTo(version.key, version.etag, partial);
      await rename(partial, path);
    } finally {
      await rm(partial, { force: true });
    }
  }

  private stopUsing(source: CachedSource): void {
    source.users -= 1;
    source.lastUsedAt = Date.now();
  }

  private async evict(): Promise<void> {
    let total = [...this.sources.values()].reduce((sum, source) => sum + source.bytes, 0);
    const unused = [...this.sources].filter(([, source]) => source.users === 0);
    unused.sort(([, left], [, right]) => left.lastUsedAt - right.lastUsedAt);
    for (const [name, source] of unused) {
      if (total <= this.maxBytes) return;
      total -= source.bytes;
      this.sources.delete(name);
      await rm(source.path, { force: true });
    }
  }

  private async takeOver(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      const { size, mtimeMs } = await stat(path);
      if (name.endsWith(partialSuffix)) await rm(path, { force: true });
      else
        this.sources.set(name, {
          path,
          bytes: size,
          users: 0,
          lastUsedAt: mtimeMs,
          ready: Promise.resolve(),
        });
    }
  }
}
