// Messages a second that are accepted durably over SMTP: Amplop beside the least that could do it,
// and beside Postfix delivering to a Maildir where that is installed. Only ratios of one run count.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { benchHandshakes } from './handshakes.ts'
import { startJudged } from './judged.ts'
import { type Peer, startPostfixPeer, startScript } from './peers.ts'
import type { Load, LoadResult } from './smtp-load.ts'

export interface SmtpBenchOptions {
  /** 5 */
  readonly rounds?: number
  /** Messages of 4 KB only. */
  readonly quick?: boolean
}

interface Cell {
  readonly bytes: number
  readonly sessions: number
  readonly keep: boolean
  readonly messages: number
}

interface Measured {
  readonly perSecond: number
  /** Counted until all lies in the mailbox. */
  readonly deliveredPerSecond: number
  readonly p99Ms: number
  readonly cpuUs: number
  readonly failed: number
}

interface Row {
  readonly cell: Cell
  readonly of: ReadonlyMap<Peer, Measured[]>
}

const cells: readonly Cell[] = [4096, 102_400].flatMap((bytes) =>
  [true, false].flatMap((keep) =>
    // Throughput must not fall where many come at once.
    [1, 10, 50, ...(keep && bytes === 4096 ? [500] : [])].map((sessions) => {
      const messages = Math.min(200 * sessions + 200, 2000) / (bytes > 4096 ? 5 : 1)
      return { bytes, keep, sessions, messages: sessions > 50 ? 2 * messages : messages }
    }),
  ),
)

/** Prints a line for each cell as it is done, the medians of all rounds at the end. */
export async function benchSmtp({
  rounds = 5,
  quick = false,
}: SmtpBenchOptions = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const peers: Peer[] = []
  try {
    peers.push(await startScript('floor', './bare-responder.ts', within(folder, 'floor')))
    peers.push(await startScript('amplop', './amplop-server.ts', within(folder, 'amplop')))
    const postfix = await startPostfixPeer()
    if (postfix) peers.push(postfix)
    else console.log('postfix: not measured, it is not installed or this is not root')
    const rows = cells
      .filter(({ bytes }) => !quick || bytes === 4096)
      .map((cell): Row => ({ cell, of: new Map(ableTo(cell, peers).map((peer) => [peer, []])) }))
    const warming = { bytes: 4096, sessions: 10, keep: true, messages: 2000 }
    for (const peer of peers) await measure(peer, warming)
    for (let round = 0; round < rounds; round++) {
      for (const { cell, of } of rows)
        for (const [peer, results] of of) results.push(await measure(peer, cell))
      process.stderr.write(`round ${round + 1} of ${rounds}\n`)
    }
    print(rows, peers)
    await benchJudged(peers[1]!, within(folder, 'judged'), rounds)
    await benchHandshakes(peers.slice(1), rounds)
  } finally {
    for (const peer of peers) await peer.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Postfix has a hundred processes for its clients: more at a time wait for each other. */
function ableTo({ sessions }: Cell, peers: readonly Peer[]): readonly Peer[] {
  return peers.filter(({ name }) => name !== 'postfix' || sessions <= 100)
}

function within(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}

const generator = fileURLToPath(new URL('./smtp-load.ts', import.meta.url))

/** The same messages judged as those of strangers are, and taken as a neighbour's. */
async function benchJudged(amplop: Peer, folder: string, rounds: number): Promise<void> {
  const { peer, text } = await startJudged(folder)
  try {
    for (const sessions of [10, 50]) {
      const cell = { bytes: 4096, sessions, keep: true, messages: 2000 }
      const [judged, taken]: [Measured[], Measured[]] = [[], []]
      await measure(peer, cell, text)
      for (let round = 0; round < rounds; round++) {
        judged.push(await measure(peer, cell, text))
        taken.push(await measure(amplop, cell, text))
      }
      const of = (list: Measured[], key: keyof Measured) => median(list.map((one) => one[key]))
      const ratio = median(judged.map(({ perSecond }, n) => perSecond / taken[n]!.perSecond))
      const failed = of(judged, 'failed')
      console.log(
        `${sessions} sessions, SPF, DKIM, DMARC and points of junk: ` +
          `${of(judged, 'perSecond').toFixed(0)}/s (${of(judged, 'cpuUs').toFixed(0)} µs), ` +
          `without ${of(taken, 'perSecond').toFixed(0)}/s (${of(taken, 'cpuUs').toFixed(0)} µs), ` +
          `x ${ratio.toFixed(2)}${failed > 0 ? `, ${failed} FAILED` : ''}`,
      )
    }
  } finally {
    await peer.stop()
  }
}

async function measure(peer: Peer, cell: Cell, text?: string): Promise<Measured> {
  const people = { from: 'sender@client.example', to: 'load@bench.example' }
  const load: Load = { ...cell, ...people, port: peer.port, ...(text ? { text } : {}) }
  const cpuBefore = peer.cpuUs()
  const args = [generator, JSON.stringify(load)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 })
  const result: LoadResult = JSON.parse(stdout)
  const { accepted, seconds } = result
  const since = performance.now()
  await peer.delivered(accepted)
  const deliveredSeconds = seconds + (performance.now() - since) / 1000
  // What it does afterwards, in its lulls, is its cost too, and must not slow the next one down.
  const cpuAfter = await settledCpuUs(peer)
  return {
    perSecond: accepted / seconds,
    deliveredPerSecond: accepted / deliveredSeconds,
    p99Ms: result.p99Ms,
    cpuUs: (cpuAfter - cpuBefore) / accepted,
    failed: result.failed,
  }
}

/** The CPU used once nothing more is being used: what is new is indexed. */
async function settledCpuUs(peer: Peer): Promise<number> {
  for (let last = peer.cpuUs(); ; ) {
    await pause(400)
    const now = peer.cpuUs()
    if (now - last < 20_000) return now
    last = now
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

function print(rows: readonly Row[], peers: readonly Peer[]): void {
  const names = peers.map(({ name }) => name)
  const [, amplop] = peers
  const others = peers.filter((peer) => peer !== amplop)
  console.log('messages a second until all are durable and in the mailbox; p99 from MAIL to 250')
  console.log(
    line([
      'size',
      'sessions',
      'connection',
      ...names.map((name) => `${name}/s`),
      ...others.map(({ name }) => `x ${name}`),
      ...names.map((name) => `${name} p99`),
      ...names.map((name) => `${name} µs`),
    ]),
  )
  for (const { cell, of } of rows) {
    const each = (peer: Peer, key: keyof Measured) => (of.get(peer) ?? []).map((one) => one[key])
    const mid = (peer: Peer, key: keyof Measured) => median(each(peer, key))
    const ratio = (other: Peer) => {
      const rates = each(other, 'deliveredPerSecond')
      const ratios = each(amplop!, 'deliveredPerSecond').map((rate, n) => rate / (rates[n] ?? 0))
      return rates.length === 0 ? '-' : median(ratios).toFixed(2)
    }
    const failed = peers.flatMap((peer) => {
      const count = each(peer, 'failed').reduce((sum, n) => sum + n, 0)
      return count > 0 ? [`${count} FAILED AT ${peer.name}`] : []
    })
    const cellName = [`${Math.round(cell.bytes / 1024)} KB`, `${cell.sessions}`]
    console.log(
      line([
        ...cellName,
        cell.keep ? 'kept' : 'new',
        ...peers.map((peer) => mid(peer, 'deliveredPerSecond').toFixed(0)),
        ...others.map(ratio),
        ...peers.map((peer) => mid(peer, 'p99Ms').toFixed(1)),
        ...peers.map((peer) => mid(peer, 'cpuUs').toFixed(0)),
        ...failed,
      ]),
    )
  }
}

function line(columns: readonly string[]): string {
  return columns
    .map((column) => column.padEnd(11))
    .join(' ')
    .trimEnd()
}
