// A server whose disk is filled up, with bytes or with files, and emptied again: it refuses with
// 452, expunges on, and takes mail again by itself.
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Laden, type LadenServer } from '../support/laden.ts'
import { loopDisk } from '../support/loop-disk.ts'
import type { Scope } from '../support/scope.ts'

export interface FullDisk {
  acknowledged: number
  /** Answers that said the disk is full. */
  refusals: number
  /** Expunged while it was full. */
  expunged: number
  /** From room on the disk to the next acknowledgement, the longest. */
  recoveryMaxMs: number
  readonly problems: string[]
}

const diskBytes = 96 * 2 ** 20
const freeMinBytes = 8 * 2 ** 20
const fullForMs = 700
const recoveryMaxMs = 5_000

export async function fillDisk(
  scope: Scope,
  {
    cycles,
    seed,
    told = () => {},
  }: {
    readonly cycles: number
    readonly seed: number
    readonly told?: (line: string) => void
  },
): Promise<FullDisk> {
  const disk = await loopDisk(scope, 'ext4', diskBytes)
  const data = join(disk.folder, 'data')
  const laden = new Laden({ data, seed, freeMinBytes, smtpSessions: 2, gatewayClients: 1 })
  const server = await laden.serve(scope)
  const full: FullDisk = {
    acknowledged: 0,
    refusals: 0,
    expunged: 0,
    recoveryMaxMs: 0,
    problems: [],
  }
  for (let cycle = 0; cycle < cycles && server.running; cycle++) {
    const some = laden.ledger.entries.size + 20
    await laden.load(server, () => laden.ledger.entries.size < some)
    const fill = cycle % 2 === 0 ? fillBytes : fillFiles
    fill(disk.folder)
    const before = laden.verbs.count
    await refusedFor(laden, server, full)
    full.expunged += laden.verbs.count - before
    if (laden.verbs.count === before) full.problems.push(`cycle ${cycle}: nothing was expunged`)
    empty(disk.folder)
    const tookMs = await takenAgain(laden, server)
    full.recoveryMaxMs = Math.max(full.recoveryMaxMs, tookMs)
    told(
      `${fill.name} ${cycle + 1}: ${full.refusals} refusals, taken again after ${Math.round(tookMs)} ms`,
    )
  }
  if (!server.running) full.problems.push(`the server ended: ${server.errors.slice(-5).join('\n')}`)
  await server.stop('SIGTERM')
  if (full.recoveryMaxMs > recoveryMaxMs) full.problems.push(`${full.recoveryMaxMs} ms to recover`)
  full.acknowledged = laden.ledger.acknowledged
  laden.doubtRefusals()
  full.problems.push(...(await laden.audited()), ...(await laden.verified()))
  return full
}

/** Sends for a while; everything is to be refused for want of room. */
async function refusedFor(laden: Laden, server: LadenServer, full: FullDisk): Promise<void> {
  const until = performance.now() + fullForMs
  let seen = 0
  while (performance.now() < until && server.running) {
    for (const heard of await laden.load(server, () => performance.now() < until)) {
      if (/^452 4\.3\.1|"code":452/.test(heard)) seen++
      else if (/^5|"code":5/.test(heard)) full.problems.push(`refused for good: ${heard}`)
    }
    await pause(20)
  }
  if (seen === 0) full.problems.push('a full disk was not told with 452')
  full.refusals += seen
}

/** Milliseconds until a message is acknowledged. */
async function takenAgain(laden: Laden, server: LadenServer): Promise<number> {
  const began = performance.now()
  const before = laden.ledger.acknowledged
  while (server.running && performance.now() - began < 4 * recoveryMaxMs) {
    await laden.load(server, () => laden.ledger.acknowledged === before)
    if (laden.ledger.acknowledged > before) break
    await pause(20)
  }
  return performance.now() - began
}

function fillBytes(folder: string): void {
  const fd = openSync(join(folder, 'ballast'), 'a')
  for (const size of [2 ** 20, 4_096, 1])
    try {
      for (;;) writeSync(fd, Buffer.alloc(size))
    } catch {
      // Full.
    }
  closeSync(fd)
}

function fillFiles(folder: string): void {
  mkdirSync(join(folder, 'files'))
  try {
    for (let n = 0; ; n++) writeFileSync(join(folder, 'files', `${n}`), '')
  } catch {
    // No more of them.
  }
}

function empty(folder: string): void {
  rmSync(join(folder, 'ballast'), { force: true })
  rmSync(join(folder, 'files'), { recursive: true, force: true })
}
