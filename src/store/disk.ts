// Files by descriptor, as promises, with the disk's errors in our words. Knows no format.
import fs from 'node:fs'
import { Refused } from '../base/refused.ts'

/** `Refused('no-space')` for a full disk or quota, `Refused('storage-failed')` for all else. */
export function refusedByDisk(error: unknown, what: string): Refused {
  if (error instanceof Refused) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const detail = `${what}: ${error instanceof Error ? error.message : String(error)}`
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new Refused(full ? 'no-space' : 'storage-failed', detail)
}

export function openFile(path: string, flags: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o600, (error, fd) => (error ? reject(error) : resolve(fd)))
  })
}

export function closeFile(fd: number): Promise<void> {
  // Nothing hangs on a failing close: what matters was synced before.
  return new Promise((resolve) => fs.close(fd, () => resolve()))
}

/** Cuts a file off at `size`. Nothing hangs on it: what is behind is nobody's. */
export function cutFile(fd: number, size: number): Promise<void> {
  return new Promise((resolve) => fs.ftruncate(fd, size, () => resolve()))
}

/** Makes a file's bytes, and its length, durable. */
export function syncFile(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()))
  })
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const fd = await openFile(path, 'r')
  try {
    await new Promise<void>((resolve, reject) => {
      fs.fsync(fd, (error) => (error ? reject(error) : resolve()))
    })
  } finally {
    await closeFile(fd)
  }
}

/** Bytes read, fewer than asked for only at the file's end. */
export async function readAt(fd: number, into: Uint8Array, position: number): Promise<number> {
  let at = 0
  while (at < into.length) {
    const read = await new Promise<number>((resolve, reject) => {
      const done = (error: Error | null, bytes: number) => (error ? reject(error) : resolve(bytes))
      fs.read(fd, into, at, into.length - at, position + at, done)
    })
    if (read === 0) break
    at += read
  }
  return at
}

/**
 * The same at once, for a few pages: to wake a thread costs many times what it costs to read them,
 * and they are as likely in memory as the row that named them, which was read in the same way.
 */
export function readNow(fd: number, into: Uint8Array, position: number): number {
  let at = 0
  while (at < into.length) {
    const read = fs.readSync(fd, into, at, into.length - at, position + at)
    if (read === 0) break
    at += read
  }
  return at
}

/** Writes all buffers, of which some may be empty, one behind the other from `position`. */
export async function writeAt(
  fd: number,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  // What is empty is no work, and no sign of a disk that takes nothing.
  let rest: readonly Uint8Array[] = buffers.filter(({ length }) => length > 0)
  let at = position
  while (rest.length > 0) {
    const written = await writeSome(fd, rest, at)
    if (written === 0) throw new Error('the disk took no bytes')
    at += written
    rest = after(rest, written)
  }
}

function writeSome(fd: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(fd, buffers, position, (error, bytes) => (error ? reject(error) : resolve(bytes)))
  })
}

/** What remains of the buffers when `count` bytes of them are done. */
function after(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count
  for (const [n, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(n + 1)]
    left -= buffer.length
  }
  return []
}
