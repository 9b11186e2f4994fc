// A disk in a file, whose power can be cut: from that moment on nothing reaches it, and what was
// not made durable is gone. Needs root and loop devices.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from './debian.ts'
import type { Cleanup } from './places.ts'

export type FileSystem = 'ext4' | 'xfs'

export const fileSystems: readonly FileSystem[] = ['ext4', 'xfs']

export interface LoopDisk {
  /** Where it is mounted. */
  readonly folder: string
  /** Makes what was written so far durable. */
  sync(): void
  /** Cuts the power. Every call on it fails afterwards. */
  cut(): void
  /** Takes it out and puts it in again; nobody may use it meanwhile. */
  again(): Promise<void>
  /** Takes it out for good. */
  remove(): Promise<void>
}

/** Why there can be no such disk here, or undefined when there can. */
export async function noDisk(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'needs Linux'
  if (process.getuid?.() !== 0) return 'needs root'
  if (!(await program('xfs_io', 'xfsprogs'))) return 'needs xfsprogs'
  try {
    execFileSync('losetup', ['--find'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'needs loop devices'
  }
}

/** A new disk with nothing on it; gone when the test ends. */
export async function loopDisk(test: Cleanup, kind: FileSystem, bytes = 512 * 2 ** 20) {
  const root = mkdtempSync(join(tmpdir(), 'amplop-disk-'))
  const [image, folder] = [join(root, 'image'), join(root, 'disk')]
  writeFileSync(image, '')
  truncateSync(image, bytes)
  mkdirSync(folder)
  // Root may use what ext4 reserves.
  run(`mkfs.${kind}`, ...(kind === 'ext4' ? ['-qF', '-m0'] : ['-qf']), image)
  run('mount', '-o', 'loop', image, folder)
  let there = true
  const remove = async () => {
    process.off('exit', leave)
    if (there) await unmount(folder)
    there = false
    rmSync(root, { recursive: true, force: true })
  }
  // Who is interrupted leaves no disk behind either.
  const leave = () => {
    if (there) run('umount', '-l', folder)
    rmSync(root, { recursive: true, force: true })
  }
  process.once('exit', leave)
  test.after(remove)
  const disk: LoopDisk = {
    folder,
    sync: () => run('sync', '-f', folder),
    cut: () => run('xfs_io', '-x', '-c', 'shutdown', folder),
    again: async () => {
      await unmount(folder)
      there = false
      await released(image)
      run('mount', '-o', 'loop', image, folder)
      there = true
    },
    remove,
  }
  return disk
}

const triesMax = 100

/** A process that has just ended may hold it for a moment. */
async function unmount(folder: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return run('umount', folder)
    } catch (error) {
      if (tries === triesMax) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/**
 * A mount namespace that somebody made meanwhile has a copy of the mount: while it lives, the disk
 * that is put in again is the one whose power was cut.
 */
async function released(image: string): Promise<void> {
  for (let tries = 1; tries < heldMax; tries++) {
    if (`${execFileSync('losetup', ['-j', image])}` === '') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`somebody still has ${image}`)
}

const heldMax = 1_200

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
