// A load generator, run as a process of its own: connections that go over to TLS by STARTTLS with a
// full handshake each, and leave. Prints one line of JSON. It only ever dials loopback.
import { connect } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'

export interface TlsLoad {
  readonly port: number
  /** At a time. */
  readonly lanes: number
  readonly handshakes: number
}

export interface TlsLoadResult {
  readonly seconds: number
  readonly done: number
  readonly failed: number
}

const load: TlsLoad = JSON.parse(process.argv[2] ?? '{}')
const secureContext = createSecureContext()
let left = load.handshakes
let done = 0
let failed = 0

async function lane(): Promise<void> {
  while (left-- > 0) {
    if (await handshake()) done++
    else failed++
  }
}

/** False when it did not come to an EHLO inside TLS. */
function handshake(): Promise<boolean> {
  return new Promise((resolve) => {
    const plain = connect(load.port, '127.0.0.1').setNoDelay(true)
    const over = (good: boolean) => {
      plain.destroy()
      resolve(good)
    }
    plain.once('error', () => over(false))
    const steps = ['EHLO load.example\r\n', 'STARTTLS\r\n']
    plain.on('data', () => {
      const step = steps.shift()
      if (step !== undefined) return plain.write(step)
      plain.removeAllListeners('data')
      const socket = connectTls({ socket: plain, secureContext, rejectUnauthorized: false })
      socket.once('secureConnect', () => socket.write('EHLO load.example\r\n'))
      socket.once('error', () => over(false))
      socket.once('close', () => over(false))
      return socket.once('data', (heard) => over(heard[0] === 50))
    })
  })
}

const began = performance.now()
await Promise.all(Array.from({ length: load.lanes }, lane))
const seconds = (performance.now() - began) / 1000
const result: TlsLoadResult = { seconds, done, failed }
console.log(JSON.stringify(result))
