// Messages a second that go in by SMTP and out again to smtp-sink, durably: Amplop beside Postfix;
// and how fast each sends what has piled up while the sink was gone. Only ratios of one run count.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Peer, startPostfixRelay, startScript } from './peers.ts'
import type { Load } from './smtp-load.ts'

const generator = fileURLToPath(new URL('./smtp-load.ts', import.meta.url))
const smtpSink = '/usr/sbin/smtp-sink'
const bytes = 4_096
const sessions = 20
const lookMs = 5
const longestMs = 120_000

/** A hop that takes all it is given and counts. Opens and closes on one port. */
class Sink {
  readonly port: number
  #child: ChildProcess | undefined
  #counted = 0

  constructor(port: number) {
    this.port = port
  }

  get messages(): number {
    return this.#counted
  }

  async open(): Promise<void> {
    this.#counted = 0
    const child = spawn(smtpSink, ['-c', '-u', 'nobody', `127.0.0.1:${this.port}`, '1000'])
    this.#child = child
    let held = ''
    child.stdout.setEncoding('latin1').on('data', (part: string) => {
      held += part
      const last = [...held.matchAll(/mesg=(\d+)\s*\r/g)].at(-1)
      if (!last) return
      this.#counted = Number(last[1])
      held = held.slice(last.index + last[0].length)
    })
    while (!(await dialled(this.port))) {
      if (child.exitCode !== null) throw new Error('smtp-sink ended at once')
      await pause(lookMs)
    }
  }

  async close(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child) return
    await new Promise((resolve) => {
      child.once('exit', resolve)
      child.kill('SIGKILL')
    })
  }

  async has(count: number): Promise<void> {
    const until = Date.now() + longestMs
    while (this.#counted < count) {
      if (Date.now() > until) throw new Error(`${this.#counted} of ${count} came`)
      await pause(lookMs)
    }
  }
}

function dialled(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

interface Relay {
  readonly peer: Peer
  readonly sink: Sink
  readonly flush: () => void
}

interface Figures {
  readonly through: number[]
  readonly drained: number[]
  readonly cpuUs: number[]
}

/** `count` messages for each measurement; prints medians and the median of ratios. */
export async function benchRelay(rounds: number, count: number): Promise<void> {
  if (!existsSync(smtpSink))
    return console.log('not measured: smtp-sink (postfix) is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const relays: Relay[] = []
  try {
    relays.push(await amplop(join(folder, 'plain'), 'amplop', ''))
    relays.push(await amplop(join(folder, 'signed'), 'signed', 'signed'))
    const postfix = await postfixRelay()
    if (postfix) relays.push(postfix)
    const figures = new Map(relays.map((one) => [one, none()]))
    for (const one of relays) await through(one, Math.min(count, 1_000))
    for (let round = 0; round < rounds; round++) {
      for (const [one, { through: rates, cpuUs }] of figures) {
        const before = one.peer.cpuUs()
        rates.push(await through(one, count))
        cpuUs.push((one.peer.cpuUs() - before) / count)
      }
      for (const [one, { drained: rates }] of figures) rates.push(await drained(one, count))
      process.stderr.write(`round ${round + 1} of ${rounds}\n`)
    }
    print(figures)
  } finally {
    for (const { peer, sink } of relays) {
      await peer.stop()
      await sink.close()
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

const none = (): Figures => ({ through: [], drained: [], cpuUs: [] })

async function amplop(folder: string, name: string, signed: string): Promise<Relay> {
  const sink = new Sink(await freePort())
  const args = [folder, 'load@bench.example', `${sink.port}`, signed]
  const peer = await startScript(name, './amplop-server.ts', ...args)
  return { peer, sink, flush: () => process.kill(peer.pid, 'SIGUSR1') }
}

async function postfixRelay(): Promise<Relay | undefined> {
  const sink = new Sink(await freePort())
  const started = await startPostfixRelay(sink.port)
  if (!started) console.log('postfix: not measured, it is not installed or this is not root')
  return started && { ...started, sink }
}

async function load({ peer }: Relay, messages: number): Promise<void> {
  const people = { from: 'load@bench.example', to: 'friend@far.example' }
  const asked: Load = { port: peer.port, sessions, messages, bytes, keep: true, ...people }
  await promisify(execFile)(process.execPath, [generator, JSON.stringify(asked)])
}

/** In and out at the same time, up to the last one. */
async function through(relay: Relay, count: number): Promise<number> {
  await relay.sink.open()
  const began = performance.now()
  await load(relay, count)
  await relay.sink.has(count)
  const rate = (count * 1_000) / (performance.now() - began)
  await relay.sink.close()
  return rate
}

/** What was taken while the sink was gone, from the order to send it. */
async function drained(relay: Relay, count: number): Promise<number> {
  await load(relay, count)
  await relay.peer.delivered(count)
  // The last attempts that find it gone.
  await pause(1_000)
  await relay.sink.open()
  const began = performance.now()
  relay.flush()
  await relay.sink.has(count)
  const rate = (count * 1_000) / (performance.now() - began)
  await relay.sink.close()
  return rate
}

const half = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0

function print(figures: ReadonlyMap<Relay, Figures>): void {
  const postfix = [...figures].find(([{ peer }]) => peer.name === 'postfix')?.[1]
  console.log(`messages of ${bytes} bytes a second to smtp-sink, medians; x postfix of each round`)
  console.log('             in and out   x postfix   piled up   x postfix   CPU in and out')
  for (const [{ peer }, { through: both, drained: out, cpuUs }] of figures) {
    const times = (own: readonly number[], other: readonly number[] | undefined) =>
      other ? half(own.map((rate, n) => rate / (other[n] ?? 0))).toFixed(2) : '-'
    console.log(
      [
        peer.name.padEnd(10),
        half(both).toFixed(0).padStart(12),
        times(both, postfix?.through).padStart(11),
        half(out).toFixed(0).padStart(10),
        times(out, postfix?.drained).padStart(11),
        `${half(cpuUs).toFixed(0)} µs`.padStart(16),
      ].join(' '),
    )
  }
}
