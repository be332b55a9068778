import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DirectoryObjectStore } from '#core/storage/directory/directory-object-store.js';
import type { LocalSource, ObjectStore, PutOptions } from '#core/storage/object-store.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';

/**
 * Returns the store that a MILLRACE_STORAGE_URL names: `file:///abs/dir`, or
 * `s3://bucket?endpoint=http://host:9000&region=us-east-1&forcePathStyle=true`. Has no effect until the store
 * is used. Throws if the URL names no store. Without `credentials` the AWS client finds its own (environment,
 * profile, instance role). `caller` sets the deadlines of S3: a request soon gets an error from a store that
 * hangs, a task waits longer.
 */
export function openObjectStore(
  url: string,
  credentials?: StorageCredentials,
  caller: 'request' | 'task' = 'task',
): ObjectStore {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'file:') return new DirectoryObjectStore(directoryOf(parsed));
  if (parsed?.protocol === 's3:') {
    const settings = parseS3Url(parsed);
    return new DeferredObjectStore(async () => {
      const { S3ObjectStore } = await import('#core/storage/s3/s3-object-store.js');
      const { defaultTimeouts, requestTimeouts } = await import('#core/storage/s3/s3-client.js');
      const timeouts = caller === 'request' ? requestTimeouts : defaultTimeouts;
      return new S3ObjectStore(settings, { timeouts, ...(credentials ? { credentials } : {}) });
    });
  }
  throw new Error(
    `storage URL ${JSON.stringify(url)}: want file:///absolute/folder or s3://bucket?endpoint=…`,
  );
}

function directoryOf(url: URL): string {
  const path = url.host === '' ? fileURLToPath(url) : '';
  if (path === '/' || !isAbsolute(path))
    throw new Error(
      `storage URL ${url.href}: want file:// and an absolute folder, such as file:///var/lib/millrace`,
    );
  return path;
}

/**
 * Loads a store's code at its first use. The AWS client costs each process a third of a second and 22 MB,
 * which a dozen processes that start together on a directory do not need to pay.
 */
class DeferredObjectStore implements ObjectStore {
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
