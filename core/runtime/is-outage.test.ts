import { expect, it } from 'vitest';
import { isOutage } from '#core/runtime/is-outage.js';
import { ObjectStoreError, type ObjectStoreErrorCode } from '#core/storage/object-store.js';

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
const replyError = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const storeError = (code: ObjectStoreErrorCode): Error => new ObjectStoreError(code, 'media/x', code);

it.each([
  ['a store that does not answer', storeError('unavailable')],
  ['a full store', storeError('no_space')],
  ['bytes that arrive damaged', storeError('checksum_mismatch')],
  ['a read-only disk', systemError('EROFS', 'open')],
  ['a full disk', systemError('ENOSPC', 'write')],
  ['a disk that fails', systemError('EIO', 'read')],
  ['a folder without access', systemError('EACCES', 'mkdir')],
  ['a refused connection', systemError('ECONNREFUSED', 'connect')],
  ['several refused connections', new AggregateError([systemError('ECONNREFUSED', 'connect')])],
  ['a full Redis', replyError('OOM command not allowed when used memory > maxmemory')],
  ['a Redis that cannot write to its disk', replyError('MISCONF Redis is configured to save')],
  ['a Redis that starts', replyError('LOADING Redis is loading the dataset in memory')],
  ['an error caused by one', new Error('the task failed', { cause: storeError('unavailable') })],
])('%s is an outage', (_name, error) => expect(isOutage(error)).toBe(true));

it.each([
  ['a missing object', storeError('not_found')],
  ['a lost race', storeError('precondition_failed')],
  ['a body of another length', storeError('length_mismatch')],
  ['a missing file', systemError('ENOENT', 'open')],
  ['a wrong command', replyError('ERR wrong number of arguments')],
  ['a code without a system call', Object.assign(new Error('EIO'), { code: 'EIO' })],
  ['any other error', new Error('ECONNREFUSED')],
  ['a thrown string', 'ENOSPC'],
])('%s is none', (_name, error) => expect(isOutage(error)).toBe(false));

it('ends on an error that is its own cause', () => {
  const error = new Error('loop');
  error.cause = error;
  expect(isOutage(error)).toBe(false);
});
