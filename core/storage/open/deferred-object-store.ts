import type { Readable } from 'node:stream';
import type { LocalSource, ObjectStore, PutOptions } from '#core/storage/object-store.js';

/**
 * Loads a store's code at its first use. The AWS client costs each process a third of a second and 22 MB,
 * which a dozen processes that start together on a directory do not need to pay.
 */
export class DeferredObjectStore implements ObjectStore {
  private loading: Promise<ObjectStore> | undefined;

  constructor(private readonly load: () => Promise<ObjectStore>) {}

  async put(key: string, body: Buffer | Readable, options?: PutOptions) {
    return (await this.store()).put(key, body, options);
  }

  async putFile(key: string, localPath: string, options?: Omit<PutOptions, 'contentLength'>) {
    return (await this.store()).putFile(key, localPath, options);
  }

  async get(key: string, options?: Parameters<ObjectStore['get']>[1]) {
    return (await this.store()).get(key, options);
  }

  async read(key: string, options?: Parameters<ObjectStore['read']>[1]) {
    return (await this.store()).read(key, options);
  }

  async head(key: string) {
    return (await this.store()).head(key);
  }

  async list(prefix: string, options?: Parameters<ObjectStore['list']>[1]) {
    return (await this.store()).list(prefix, options);
  }

  async delete(key: string): Promise<void> {
    await (await this.store()).delete(key);
  }

  async openSource(key: string, scratchDirectory: string): Promise<LocalSource> {
    return (await this.store()).openSource(key, scratchDirectory);
  }

  async check(): Promise<void> {
    await (await this.store()).check();
  }

  async close(): Promise<void> {
    await (await this.loading)?.close();
  }

  private store(): Promise<ObjectStore> {
    this.loading ??= this.load();
    return this.loading;
  }
}
