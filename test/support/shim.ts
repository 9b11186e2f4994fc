// The library that makes a server's disk fail, compiled when a test first wants it.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Cleanup, newFolder } from './places.ts'

const source = fileURLToPath(new URL('../faults/faults.c', import.meta.url))

/** CALL PATTERN ERRNO PERMILLE, as faults.c has it. */
export type Rule = readonly [
  call: 'sync' | 'write' | 'open',
  pattern: string,
  errno: number,
  permille: number,
]

export const errno = { none: 0, EIO: 5, ENOSPC: 28 } as const

export interface Shim {
  /** For the environment of a server whose data is in `folder`. */
  env(folder: string): Record<string, string>
  /** From now on; none: everything works. */
  set(rules: readonly Rule[]): void
}

/** undefined where there is no compiler, or no such thing as preloading. */
export function faultShim(test: Cleanup): Shim | undefined {
  const library = compiled()
  if (library === undefined) return undefined
  const file = join(newFolder(test), 'rules')
  writeFileSync(file, '')
  return {
    env: (folder) => ({ LD_PRELOAD: library, FAULTS_DIR: folder, FAULTS_RULES: file }),
    set: (rules) => {
      // In one step: it is read at any moment.
      writeFileSync(`${file}.new`, rules.map((rule) => `${rule.join(' ')}\n`).join(''))
      renameSync(`${file}.new`, file)
    },
  }
}

function compiled(): string | undefined {
  if (process.platform !== 'linux') return undefined
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const library = join(tmpdir(), `amplop-faults-${hash}.so`)
  if (existsSync(library)) return library
  const made = `${library}.${process.pid}`
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', made, source, '-ldl'], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  renameSync(made, library)
  return library
}
