import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PreviousUpload, UrlStorage } from 'tus-js-client';
import { writePrivateFile } from '#cli/context/write-private-file.js';

type Remembered = Record<string, PreviousUpload>;

/** Keeps unfinished uploads on disk by fingerprint, so that uploading the same file again resumes. */
export class RememberedUploads implements UrlStorage {
  constructor(private readonly path: string) {}

  async findAllUploads(): Promise<PreviousUpload[]> {
    return Object.values(await this.read());
  }

  async findUploadsByFingerprint(fingerprint: string): Promise<PreviousUpload[]> {
    const found = (await this.read())[fingerprint];
    return found ? [{ ...found, urlStorageKey: fingerprint }] : [];
  }

  async addUpload(fingerprint: string, upload: PreviousUpload): Promise<string> {
    await this.write({ ...(await this.read()), [fingerprint]: upload });
    return fingerprint;
  }

  async removeUpload(fingerprint: string): Promise<void> {
    const { [fingerprint]: _removed, ...others } = await this.read();
    await this.write(others);
  }

  private async read(): Promise<Remembered> {
    try {
      return JSON.parse(await readFile(this.path, 'utf8')) as Remembered;
    } catch {
      // Missing or damaged: at worst an upload starts again from the first byte.
      return {};
    }
  }

  private async write(uploads: Remembered): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await writePrivateFile(this.path, uploads);
  }
}
