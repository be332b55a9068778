export interface StorageCredentials {
  accessKeyId: string;
  secretAccessKey: string;
}
