// Programs of other people that tests talk to. Installed from Debian where this may be done, else
// the tests that need them skip, by name.
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
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

/**
 * A folder with what is in Debian packages that cannot be installed beside others; undefined where
 * they are not to be had. They run as nobody but root, and as the user that is named, who is made.
 */
export async function unpacked(
  packages: readonly string[],
  user: string,
): Promise<string | undefined> {
  const folder = join(tmpdir(), `amplop-test-${packages.join('-')}`)
  if (process.getuid?.() !== 0 || !find('apt-get') || !find('useradd')) return undefined
  await locked(() => {
    if (!existsSync(folder)) unpack(packages, folder)
    if (!existsSync(folder)) return
    const known = readFileSync('/etc/passwd', 'utf8').includes(`\n${user}:`)
    const made = ['--system', '--no-create-home', '--user-group', '--shell=/usr/sbin/nologin', user]
    if (!known) execFileSync('useradd', made, { stdio: 'ignore' })
  })
  return existsSync(folder) ? folder : undefined
}

function unpack(packages: readonly string[], folder: string): void {
  const cwd = mkdtempSync(`${folder}.`)
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, { cwd, stdio: 'ignore', timeout: 300_000 })
  try {
    try {
      apt('download', ...packages)
    } catch {
      apt('update')
      apt('download', ...packages)
    }
    for (const name of readdirSync(cwd).filter((each) => each.endsWith('.deb')))
      execFileSync('dpkg', ['-x', name, 'root'], { cwd, stdio: 'ignore' })
    renameSync(join(cwd, 'root'), folder)
  } catch {
    // Not to be had here: the caller skips.
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
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
