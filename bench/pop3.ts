// Mail fetched by POP3: Amplop beside Dovecot with mdbox, its fastest store, where that is
// installed. Only ratios of one run count.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { haveDovecot, startDovecot } from '../test/support/dovecot.ts'
import { compare, type Measured, type Row } from './compare.ts'
import { familyCpuUs, startScript } from './peers.ts'

interface Server extends Measured {
  readonly port: number
  readonly user: string
}

const bodyBytes = 8192
const fetched = 2_000
const sessions = 30

/** Prints the medians of all rounds. */
export async function benchPop3({
  rounds,
  quick,
}: {
  rounds: number
  quick: boolean
}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const servers: Server[] = []
  try {
    const maildir = join(folder, 'maildir')
    const count = quick ? 4_000 : 20_000
    fill(maildir, count)
    // Dovecot reads it as a user of its own.
    chmodSync(folder, 0o755)
    servers.push(await amplop(folder, maildir))
    if (await haveDovecot()) servers.push(await dovecot(folder, maildir))
    const rows: readonly Row<Server>[] = [
      { name: `sessions, of ${count} messages`, unit: '/s', measure: sessionsPerSecond },
      {
        name: 'RETR, one after the other',
        unit: '/s',
        measure: (server) => retrPerSecond(server, 1),
      },
      {
        name: 'RETR, pipelined by 50',
        unit: '/s',
        measure: (server) => retrPerSecond(server, 50),
      },
      { name: `UIDL of ${count}`, unit: '/s', measure: uidlPerSecond },
    ]
    console.log(`${count} messages of ${bodyBytes} bytes, ${rounds} rounds, medians`)
    for (const row of rows) await compare(row, servers, rounds)
  } finally {
    for (const server of servers) await server.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A Maildir of messages that are all different. */
function fill(maildir: string, count: number): void {
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(maildir, part), { recursive: true })
  const body = 'a line of text that is about as long as people write them, mostly\r\n'
  const whole = body.repeat(Math.ceil(bodyBytes / body.length))
  for (let n = 0; n < count; n++) {
    const head = `From: <a@bench.example>\r\nTo: <load@bench.example>\r\nSubject: number ${n}\r\n`
    const name = `${1_700_000_000 + n}.M${n}P1.bench:2,`
    writeFileSync(join(maildir, 'cur', name), `${head}Message-ID: <${n}@bench>\r\n\r\n${whole}`)
  }
}

async function amplop(folder: string, maildir: string): Promise<Server> {
  const data = join(folder, 'amplop')
  mkdirSync(data)
  const peer = await startScript('amplop', './pop3-server.ts', data, maildir)
  const { port, cpuUs } = peer
  return { name: 'amplop', port, user: 'load', cpuUs, stop: () => peer.stop() }
}

async function dovecot(folder: string, maildir: string): Promise<Server> {
  const server = await startDovecot(join(folder, 'dovecot'))
  execFileSync('chown', ['-R', 'nobody', maildir])
  server.doveadm('import', '-u', 'load', `maildir:${maildir}`, '', 'mailbox', 'INBOX')
  const cpuUs = () => familyCpuUs(server.pid)
  const { pop3Port: port, stop } = server
  return { name: 'dovecot', port, user: 'load', cpuUs, stop }
}

/** A session that counts the ends of answers, and does nothing with them. */
class Session {
  readonly #socket: Socket
  #ends = 0
  #lines = 0
  #tail = ''
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true).on('data', (part: Buffer) => this.#hear(part))
  }

  static async open({ port, user }: Server): Promise<Session> {
    const session = new Session(connect(port, '127.0.0.1'))
    await session.lines(1)
    session.say(`USER ${user}\r\n`)
    await session.lines(2)
    session.say('PASS amplop\r\n')
    await session.lines(3)
    return session
  }

  say(text: string): void {
    this.#socket.write(text)
  }

  /** Resolves when so many lines have come since the beginning. */
  async lines(count: number): Promise<void> {
    while (this.#lines < count) await this.#more()
  }

  /** Resolves when so many answers of many lines have come since the beginning. */
  async ends(count: number): Promise<void> {
    while (this.#ends < count) await this.#more()
  }

  async quit(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve))
    this.say('QUIT\r\n')
    await closed
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #hear(part: Buffer): void {
    if (this.#lines < 3) this.#lines += part.toString('latin1').split('\n').length - 1
    const seam = this.#tail + part.toString('latin1', 0, 4)
    if (this.#tail !== '' && seam.includes('\r\n.\r\n')) this.#ends++
    for (let at = part.indexOf(end); at >= 0; at = part.indexOf(end, at + 3)) this.#ends++
    this.#tail = part.toString('latin1', Math.max(0, part.length - 4))
    this.#wake()
  }
}

const end = Buffer.from('\r\n.\r\n')

async function sessionsPerSecond(server: Server): Promise<number> {
  const began = performance.now()
  for (let n = 0; n < sessions; n++) await (await Session.open(server)).quit()
  return (sessions * 1000) / (performance.now() - began)
}

async function retrPerSecond(server: Server, depth: number): Promise<number> {
  const session = await Session.open(server)
  const began = performance.now()
  for (let from = 1; from <= fetched; from += depth) {
    let burst = ''
    for (let n = from; n < from + depth; n++) burst += `RETR ${n}\r\n`
    session.say(burst)
    await session.ends(from + depth - 1)
  }
  const rate = (fetched * 1000) / (performance.now() - began)
  await session.quit()
  return rate
}

async function uidlPerSecond(server: Server): Promise<number> {
  const session = await Session.open(server)
  const began = performance.now()
  const times = 10
  for (let n = 1; n <= times; n++) {
    session.say('UIDL\r\n')
    await session.ends(n)
  }
  const rate = (times * 1000) / (performance.now() - began)
  await session.quit()
  return rate
}
