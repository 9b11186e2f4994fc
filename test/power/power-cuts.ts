// Cuts the power of a server under load, again and again, and accounts for every message.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openTestStore } from '../../src/store/testing/places.ts'
import { SweepLedger } from '../../src/store/testing/sweep-ledger.ts'
import { randomOf } from '../support/accounts-of-mail.ts'
import { Laden } from '../support/laden.ts'
import { type FileSystem, loopDisk } from '../support/loop-disk.ts'
import { Scope } from '../support/scope.ts'
import { errno, faultShim, type Rule } from '../support/shim.ts'

const sweeper = fileURLToPath(
  new URL('../../src/store/testing/sweeps-until-killed.ts', import.meta.url),
)

/** What a server can be robbed of, to see that the harness sees it. */
export const controls = {
  none: [],
  'database not synced': [
    ['sync', '.db-wal', errno.none, 1000],
    ['sync', '.db', errno.none, 1000],
  ],
  'segments not synced': [['sync', '.seg', errno.none, 1000]],
  'folders not synced': [['sync', '/', errno.none, 1000]],
} as const satisfies Readonly<Record<string, readonly Rule[]>>

export type Control = keyof typeof controls

export interface CutsOptions {
  readonly fileSystem: FileSystem
  readonly cycles: number
  readonly control: Control
  readonly seed: number
  /** Told after each cycle. */
  readonly told?: (line: string) => void
}

export interface Cuts {
  readonly cycles: number
  /** Acknowledged messages, and verbs in a mailbox. */
  acknowledged: number
  verbs: number
  /** Cycles after which something was not as it was told. */
  bad: number
  readonly problems: string[]
}

/** Each disk lives so many cycles, so that reading all of it stays quick. */
const cyclesOfDisk = 10
const problemsMax = 20

export async function cutPower(options: CutsOptions): Promise<Cuts> {
  const cuts: Cuts = { cycles: options.cycles, acknowledged: 0, verbs: 0, bad: 0, problems: [] }
  for (let done = 0; done < options.cycles; done += cyclesOfDisk) {
    const scope = new Scope()
    try {
      await oneDisk(scope, { ...options, seed: options.seed + done }, cuts, done)
    } finally {
      await scope.end()
    }
  }
  return cuts
}

async function oneDisk(scope: Scope, options: CutsOptions, cuts: Cuts, done: number) {
  const { fileSystem, control, seed, told } = options
  const disk = await loopDisk(scope, fileSystem)
  const shim = control === 'none' ? undefined : faultShim(scope)
  const data = join(disk.folder, 'data')
  const laden = new Laden({ data, seed, ...(shim && { env: shim.env(disk.folder) }) })
  // The accounts are made, and durable, before anything is measured.
  await (await laden.serve(scope)).stop('SIGTERM')
  disk.sync()
  shim?.set(controls[control])
  for (let cycle = done; cycle < Math.min(done + cyclesOfDisk, options.cycles); cycle++) {
    const before = [laden.ledger.acknowledged, laden.verbs.count] as const
    const server = await laden.serve(scope)
    const ended = laden.load(server)
    await laden.until(ended, laden.ledger.reaches(before[0] + 30))
    await pause(100 + laden.random() * 800)
    // A sync that is under way when the file system is shut down may report success and be lost:
    // a bare write and fdatasync loses its last one in a twentieth of the cuts. Nobody hears of
    // anything after a real cut, so only what was heard before this one counts.
    laden.over(true)
    disk.cut()
    await pause(100)
    await server.stop('SIGKILL')
    await ended
    laden.doubtRefusals()
    await disk.again()
    const problems = [...(await wrong(laden.audited())), ...(await wrong(laden.verified()))]
    cuts.acknowledged += laden.ledger.acknowledged - before[0]
    cuts.verbs += laden.verbs.count - before[1]
    if (problems.length > 0) cuts.bad++
    cuts.problems.push(...problems.slice(0, problemsMax - cuts.problems.length))
    told?.(
      `${fileSystem} ${cycle + 1}: ${cuts.acknowledged} acknowledged, ${problems.length} wrong`,
    )
    // What is lost is lost once.
    if (problems.length > 0) return
  }
}

/** The same for the store alone while it sweeps without rest, and packs all it has. */
export async function cutPowerOfSweep(options: Omit<CutsOptions, 'control'>): Promise<Cuts> {
  const { fileSystem, cycles, seed, told } = options
  const cuts: Cuts = { cycles, acknowledged: 0, verbs: 0, bad: 0, problems: [] }
  const random = randomOf(seed)
  for (let done = 0; done < cycles; done += cyclesOfDisk) {
    const scope = new Scope()
    try {
      const disk = await loopDisk(scope, fileSystem)
      const ledger = new SweepLedger()
      const folder = join(disk.folder, 'data')
      await (await openTestStore(folder)).close()
      disk.sync()
      for (let cycle = done; cycle < Math.min(done + cyclesOfDisk, cycles); cycle++) {
        const child = spawn(process.execPath, [sweeper, folder, `${cycle}`])
        const ended = once(child, 'close')
        scope.after(() => void child.kill('SIGKILL'))
        createInterface({ input: child.stdout }).on('line', (line) => ledger.hear(line))
        ledger.over(false)
        let said = ''
        child.stderr.on('data', (part) => {
          said += part
        })
        const early = ended.then(() => Promise.reject(new Error(`it ended by itself: ${said}`)))
        await Promise.race([once(child.stdout, 'data'), early])
        early.catch(() => {})
        await pause(100 + random() * 800)
        ledger.over(true)
        disk.cut()
        await pause(50)
        child.kill('SIGKILL')
        await ended
        await disk.again()
        const problems = await wrong(auditSweep(folder, ledger))
        cuts.acknowledged = ledger.owned
        if (problems.length > 0) cuts.bad++
        cuts.problems.push(...problems.slice(0, problemsMax - cuts.problems.length))
        told?.(
          `${fileSystem}, sweeping ${cycle + 1}: ${ledger.owned} owned, ${problems.length} wrong`,
        )
      }
    } finally {
      await scope.end()
    }
  }
  return cuts
}

async function auditSweep(folder: string, ledger: SweepLedger): Promise<string[]> {
  const store = await openTestStore(folder)
  try {
    return await ledger.audited(store)
  } finally {
    await store.close()
  }
}

/** What cannot even be read is wrong too. */
async function wrong(found: Promise<string[]>): Promise<string[]> {
  return await found.catch((error: unknown) => [String(error)])
}
