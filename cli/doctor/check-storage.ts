import { messageOf } from '#cli/context/cli-error.js';
import type { DoctorFinding } from '#cli/doctor/finding.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { readStorageCredentials } from '#core/storage/storage-credentials.js';

/** Checks that object storage answers and is writable. */
export async function checkStorage(url: string, environment: NodeJS.ProcessEnv): Promise<DoctorFinding> {
  const name = 'storage';
  try {
    const store = openObjectStore(url, readStorageCredentials(environment));
    try {
      await store.check();
    } finally {
      await store.close();
    }
    return { name, status: 'ok', detail: `${new URL(url).protocol}// answers and is writable` };
  } catch (error) {
    return {
      name,
      status: 'missing',
      detail: messageOf(error),
      remedy:
        'Correct MILLRACE_STORAGE_URL and its credentials, or create the bucket with "millrace prepare-bucket".',
    };
  }
}
