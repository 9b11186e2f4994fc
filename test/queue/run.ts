// The queue under faults: messages to many destinations, and a server that is killed again and
// again. Every message is delivered or returned; twice only where an answer may have been lost.
//   npm run test:queue -- [MESSAGES] [DESTINATIONS] [KILLS] [postgres]
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { PostgresServer } from '../../src/store/testing/postgres-server.ts'
import { Destination } from './destinations.ts'

const words = process.argv.slice(2)
const [messages = 2_000, count = 14, kills = 10] = words.slice(0, 3).map(Number)
const program = fileURLToPath(new URL('../../bin/amplop', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'amplop-queue-'))
const lanes = 8
/** Between a kill and the end of what it may have left unwritten. */
const killedMs = 3_000
const drainMs = Number(process.env.DRAIN_MS ?? 1_200_000)

const world = Array.from({ length: count }, (_, n) => new Destination(`d${n}.test`, n))
const back = new Destination('back.test', 0, true)
const acknowledged = new Set<string>()
const killedAt: number[] = []

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** The store's address; "" is SQLite. The server ends with this process. */
const url = words[3] === 'postgres' ? await PostgresServer.make().place(folder) : ''

function settings(port: number): string {
  const routes = [...world, back].map(({ route }) => JSON.stringify(route)).join(', ')
  const none = ['pop3', 'imap', 'http', 'submission']
    .map((name) => `[${name}]\nlisten = []\ntls_listen = []\n`)
    .join('')
  return `[server]
name = "mail.example.com"
domains = ["example.com"]
data = ${JSON.stringify(join(folder, 'data'))}
[store]
url = ${JSON.stringify(url)}
[smtp]
listen = ["127.0.0.1:${port}"]
${none}[log]
level = "warn"
file = ${JSON.stringify(join(folder, 'log'))}
[access_log]
enabled = false
[outgoing]
enabled = false
[queue]
retry_minutes = [1]
routes = [${routes}]
`
}

async function serve(config: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, 'serve', '--config', config], { stdio: 'ignore' })
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (open) return child
    if (child.exitCode !== null) throw new Error(`the server ended: see ${join(folder, 'log')}`)
    await pause(50)
  }
}

let next = 0

/** Sends until all are sent; begins anew where the server is gone. */
async function load(port: number): Promise<void> {
  while (next < messages) {
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(10_000, () => socket.destroy())
    try {
      await session(socket)
    } catch {
      await pause(50)
    } finally {
      socket.destroy()
    }
  }
}

async function session(socket: ReturnType<typeof connect>): Promise<void> {
  socket.on('error', () => {})
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]()
  const ask = async (line: string, wanted: string) => {
    if (line !== '') socket.write(line)
    for (;;) {
      const { value, done } = await replies.next()
      if (done) throw new Error('gone')
      if (value[3] === '-') continue
      if (!value.startsWith(wanted)) throw new Error(value)
      return
    }
  }
  await ask('', '220')
  await ask('EHLO load.test\r\n', '250')
  for (let n = next++; n < messages; n = next++) {
    const to = `u${n}@d${n % count}.test`
    await ask('MAIL FROM:<sender@back.test>\r\n', '250')
    await ask(`RCPT TO:<${to}>\r\n`, '250')
    await ask('DATA\r\n', '354')
    await ask(`Subject: ${n}\r\n\r\n${'x'.repeat(500)}\r\n.\r\n`, '250')
    acknowledged.add(to)
  }
}

function ended(child: ChildProcess): Promise<unknown> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : once(child, 'exit')
}

const domains = new Map(world.map((one) => [one.domain, one]))

function takingsOf(to: string) {
  return domains.get(to.slice(to.indexOf('@') + 1))?.taken.get(to) ?? []
}

/** By recipient the reports of its failure; one that came twice has one name. */
function returned(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const text of back.texts) {
    const name = /^Message-ID: (\S+)$/m.exec(text)?.[1] ?? ''
    for (const [, to = ''] of text.matchAll(/^Final-Recipient: rfc822; (\S+)\nAction: failed/gm))
      found.set(to, (found.get(to) ?? new Set()).add(name))
  }
  return found
}

function allEnded(): boolean {
  const reports = returned()
  for (const to of acknowledged)
    if (takingsOf(to).every(({ answered }) => !answered) && !reports.has(to)) return false
  return true
}

/** An answer that was given and not written down, since the server was killed. */
function mayBeLost({ at, answered }: { at: number; answered: boolean }): boolean {
  return !answered || killedAt.some((kill) => kill >= at - 100 && kill <= at + killedMs)
}

function problems(): string[] {
  const found: string[] = []
  const reports = returned()
  let twice = 0
  for (const to of acknowledged) {
    const takings = takingsOf(to)
    const bounced = reports.get(to)?.size ?? 0
    if (takings.length === 0 && bounced === 0) found.push(`${to} is lost`)
    if (takings.length > 0 && bounced > 0) found.push(`${to} is delivered and returned`)
    if (bounced > 1) found.push(`${to} is returned ${bounced} times`)
    if (takings.length < 2) continue
    twice++
    if (!takings.slice(0, -1).every(mayBeLost)) found.push(`${to} is delivered twice for no reason`)
  }
  console.log(
    `${acknowledged.size} acknowledged, ${twice} delivered more than once where the answer`,
  )
  console.log(`was lost, ${reports.size} returned, ${killedAt.length} times killed`)
  return found
}

async function main(): Promise<void> {
  for (const one of [...world, back]) await one.open()
  for (const one of world) if (one.kind === 'down') await one.close()
  const port = await freePort()
  const config = join(folder, 'amplop.toml')
  writeFileSync(config, settings(port))
  let server = await serve(config, port)
  const loading = Promise.all(Array.from({ length: lanes }, () => load(port)))
  for (let n = 0; n < kills; n++) {
    await pause(1_000 + ((n * 7919) % 3_000))
    if (n === Math.floor(kills / 2))
      for (const one of world) if (one.kind === 'down') await one.open()
    killedAt.push(Date.now())
    server.kill('SIGKILL')
    await ended(server)
    server = await serve(config, port)
  }
  if (kills === 0) for (const one of world) if (one.kind === 'down') await one.open()
  await loading
  const until = Date.now() + drainMs
  while (!allEnded() && Date.now() < until) await pause(500)
  await pause(2_000)
  server.kill('SIGTERM')
  await ended(server)
  for (const one of [...world, back]) await one.close()
  const found = problems()
  for (const line of found.slice(0, 20)) console.log(line)
  if (found.length === 0) rmSync(folder, { recursive: true, force: true })
  else console.log(`${found.length} problems; the server's folder is ${folder}`)
  process.exitCode = found.length === 0 ? 0 : 1
}

await main()
