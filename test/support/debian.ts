// Programs of other people that tests talk to. Installed from Debian where this may be done, else
// the tests that need them skip, by name.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const lock = join(tmpdir(), 'amplop-test-apt')
const lockMaxMs = 15 * 60_000

/** The path of `command`; undefined where it is not there and cannot be installed. */
export async function program(
  command: string,
  debianPackage = command,
): Promise<string | undefined> {
  await provided(() => find(command) !== undefined, debianPackage)
  return find(command)
}

/** Whether `works`, after an installation of the package where it did not. */
export async function provided(works: () => boolean, debianPackage: string): Promise<boolean> {
  if (works()) return true
  if (process.getuid?.() !== 0 || !find('apt-get')) return false
  await locked(() => {
    if (!works()) install(debianPackage)
  })
  return works()
}

function find(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path))
}

/** One apt at a time, of all test files that run in parallel. */
async function locked(work: () => void): Promise<void> {
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch {
      dropStale()
      await pause(500)
    }
  }
  try {
    work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

/** A run that was killed while it installed must not hold up those after it. */
function dropStale(): void {
  const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
  if (Date.now() - since > lockMaxMs) rmSync(lock, { recursive: true, force: true })
}

function install(debianPackage: string): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, { env, stdio: 'ignore', timeout: 300_000 })
  try {
    apt('install', '-y', '--no-install-recommends', debianPackage)
  } catch {
    try {
      apt('update')
      apt('install', '-y', '--no-install-recommends', debianPackage)
    } catch {
      // Not to be had here: the caller skips.
    }
  }
}
