// What many connections cost: SMTP sessions held in clear and in TLS, every one of them answered, and
// the memory that the server took for them; dials all at once; and what many sessions do to its pace.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Peer, startScript } from './peers.ts'
import type { Load, LoadResult } from './smtp-load.ts'

/** Of 10,000 sessions so many are in the midst of a transaction; the others have said EHLO. */
const midShare = 0.8192
/** Dialled at the same time while sessions are gathered. */
const batch = 200

/** Prints each figure as it is had. Exit status 1 when a session was not served. */
export async function benchConnections(count: number): Promise<void> {
  await served(async (peer) => {
    await pace(peer)
    await dials(peer, 500)
  })
  await served((peer) => held(peer, count, openPlain))
  await served((peer) => held(peer, count, openTls))
}

async function served(bench: (peer: Peer) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  let peer: Peer | undefined
  try {
    peer = await startScript('amplop', './amplop-server.ts', folder)
    await bench(peer)
  } finally {
    await peer?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Open = typeof openPlain

function midOf(count: number): number {
  return Math.round(count * midShare)
}

async function openPlain(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  good(await reply(socket))
  good(await ask(socket, 'EHLO hold.example'))
  return socket
}

async function openTls(port: number): Promise<Socket> {
  const plain = await openPlain(port)
  good(await ask(plain, 'STARTTLS'))
  const socket = connectTls({ socket: plain, rejectUnauthorized: false })
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve).once('error', reject)
  })
  good(await ask(socket, 'EHLO hold.example'))
  return socket
}

async function held(peer: Peer, count: number, open: Open): Promise<void> {
  const sockets: Socket[] = []
  try {
    await hold(peer, sockets, { count: Math.min(batch, count / 2), open })
    await peer.collected()
    const before = peer.privateKb()
    const first = sockets.length
    await hold(peer, sockets, { count, open })
    const each = () => `${((peer.privateKb() - before) / (count - first)).toFixed(1)} KiB`
    const atOnce = each()
    await peer.collected()
    const where = `in ${open === openTls ? 'TLS' : 'clear'}, ${midOf(count)} in a transaction`
    console.log(`${count} sessions ${where}: ${atOnce} private each, ${each()} without garbage`)
    const began = performance.now()
    const replies = await Promise.all(sockets.map((socket) => ask(socket, 'NOOP')))
    const answered = replies.filter((heard) => heard.startsWith('250')).length
    const ms = performance.now() - began
    console.log(`${answered} of ${count} answered NOOP within ${ms.toFixed(0)} ms`)
    if (answered < count) process.exitCode = 1
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** Dials until there are `count`. @throws Error when one is not answered as it should be. */
async function hold(
  { port }: Peer,
  sockets: Socket[],
  { count, open }: { count: number; open: Open },
): Promise<void> {
  const mid = midOf(count)
  const session = async (number: number) => {
    const socket = await open(port)
    if (number >= mid) return socket
    good(await ask(socket, 'MAIL FROM:<a@hold.example>'))
    good(await ask(socket, 'RCPT TO:<load@bench.example>'))
    return socket
  }
  while (sockets.length < count) {
    const some = Math.min(batch, count - sockets.length)
    const from = sockets.length
    const more = Array.from({ length: some }, (_, n) => session(from + n))
    sockets.push(...(await Promise.all(more)))
  }
}

/** All in the same moment. */
async function dials({ port }: Peer, count: number): Promise<void> {
  const began = performance.now()
  const all = await Promise.allSettled(Array.from({ length: count }, () => openPlain(port)))
  const ms = performance.now() - began
  const failed = all.filter(({ status }) => status === 'rejected').length
  for (const one of all) if (one.status === 'fulfilled') one.value.destroy()
  console.log(`${count} dials at once: ${failed} failed, all greeted within ${ms.toFixed(0)} ms`)
  if (failed > 0) process.exitCode = 1
}

/** What 500 sessions do to the messages a second of 10; rounds take turns. */
async function pace(peer: Peer): Promise<void> {
  const ratios: number[] = []
  const rates: string[] = []
  await perSecond(peer, 10)
  for (let round = 0; round < 5; round++) {
    const few = await perSecond(peer, 10)
    const many = await perSecond(peer, 500)
    ratios.push(many / few)
    rates.push(`${many.toFixed(0)}/${few.toFixed(0)}`)
  }
  const middle = ratios.toSorted((a, b) => a - b)[ratios.length >> 1] ?? 0
  console.log(
    `messages a second at 500 sessions beside 10: ${middle.toFixed(2)} (${rates.join(', ')})`,
  )
}

const generator = fileURLToPath(new URL('./smtp-load.ts', import.meta.url))

async function perSecond({ port }: Peer, sessions: number): Promise<number> {
  const load: Load = {
    ...{ port, sessions, messages: 4000, bytes: 4096, keep: true },
    from: 'sender@client.example',
    to: 'load@bench.example',
  }
  const args = [generator, JSON.stringify(load)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 })
  const { accepted, seconds, failed, failure }: LoadResult = JSON.parse(stdout)
  if (failed > 0) throw new Error(`${failed} messages failed: ${failure}`)
  return accepted / seconds
}

function good(heard: string): void {
  if (!heard.startsWith('2')) throw new Error(`not served: ${heard}`)
}

function ask(socket: Socket, line: string): Promise<string> {
  socket.write(`${line}\r\n`)
  return reply(socket)
}

/** On loopback a reply comes whole. */
function reply(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk) => {
      socket.off('error', reject)
      resolve(`${chunk}`)
    })
    socket.once('error', reject)
  })
}
