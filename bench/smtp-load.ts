// A load generator, run as a process of its own: sessions that each send message after message,
// waiting for every reply. Prints one line of JSON. It only ever dials loopback.
import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  readonly sessions: number
  readonly messages: number
  readonly bytes: number
  /** Keep the connection for the session's next message. */
  readonly keep: boolean
  readonly from: string
  readonly to: string
  /** The message, in place of one of `bytes`. */
  readonly text?: string
}

export interface LoadResult {
  readonly seconds: number
  readonly accepted: number
  readonly failed: number
  /** What was said at the first failure, or "". */
  readonly failure: string
  /** Milliseconds from MAIL to the 250 behind the dot. */
  readonly p50Ms: number
  readonly p99Ms: number
}

const load: Load = JSON.parse(process.argv[2] ?? '{}')
const line = `${'x'.repeat(70)}\r\n`
const head = `Subject: load\r\nFrom: <${load.from}>\r\nTo: <${load.to}>\r\n\r\n`
const lines = Math.max(1, Math.round((load.bytes - head.length) / line.length))
const body = Buffer.from(`${load.text ?? head + line.repeat(lines)}.\r\n`)
const steps: readonly (string | Buffer)[] = [
  `MAIL FROM:<${load.from}>\r\n`,
  `RCPT TO:<${load.to}>\r\n`,
  'DATA\r\n',
  body,
]
const latencies: number[] = []
let left = load.messages
let failed = 0
let failure = ''

/** One session; resolves when there is nothing left to send. */
function session(): Promise<void> {
  return new Promise((resolve) => {
    const dial = () => {
      if (left <= 0) return resolve()
      left--
      converse(connect(load.port, '127.0.0.1'), dial, resolve)
    }
    dial()
  })
}

/** One connection: its replies lead it through the steps. */
function converse(socket: Socket, again: () => void, done: () => void): void {
  socket.setNoDelay(true)
  let at = -2
  let began = 0
  let over = false
  const finish = (next: () => void) => {
    if (over) return
    over = true
    socket.destroy()
    next()
  }
  socket.on('data', (chunk: Buffer) => {
    // A whole reply ends with "\n" and has no "-" behind its last code; loopback gives it whole.
    if (chunk[chunk.length - 1] !== 10) return
    const code = chunk[0]! - 48
    if (code > 3) {
      failed++
      failure ||= chunk.toString('latin1').trim()
      return finish(again)
    }
    at++
    if (at === -1) {
      socket.write('EHLO load.example\r\n')
      return
    }
    if (at === 0) began = performance.now()
    if (at === steps.length) {
      latencies.push(performance.now() - began)
      if (!load.keep) {
        socket.write('QUIT\r\n')
        return finish(again)
      }
      if (left <= 0) return finish(done)
      left--
      began = performance.now()
      at = 0
    }
    socket.write(steps[at]!)
  })
  socket.on('error', (error) => {
    failed++
    failure ||= error.message
    finish(again)
  })
  socket.on('close', () => finish(again))
}

const start = performance.now()
await Promise.all(Array.from({ length: load.sessions }, session))
const seconds = (performance.now() - start) / 1000
latencies.sort((a, b) => a - b)
const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
const result: LoadResult = {
  seconds,
  accepted: latencies.length,
  failed,
  failure,
  p50Ms: percentile(0.5),
  p99Ms: percentile(0.99),
}
console.log(JSON.stringify(result))
