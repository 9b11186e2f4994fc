// What a held connection costs: plain SMTP sessions in the midst of a transaction, every one of
// them answered, and the memory that the server took for them.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Peer, startScript } from './peers.ts'

const steps = ['EHLO hold.example', 'MAIL FROM:<a@hold.example>', 'RCPT TO:<load@bench.example>']
/** Dialled at the same time. */
const batch = 200

/** Holds `count` sessions; prints KiB for each, and how long all take to answer once more. */
export async function benchConnections(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const sockets: Socket[] = []
  let peer: Peer | undefined
  try {
    peer = await startScript('amplop', './amplop-server.ts', folder)
    await hold(peer, sockets, batch)
    const before = peer.rssKb()
    await hold(peer, sockets, count)
    const each = (peer.rssKb() - before) / (count - batch)
    const began = performance.now()
    const replies = await Promise.all(sockets.map((socket) => ask(socket, 'NOOP')))
    const answered = replies.filter((reply) => reply.startsWith('250')).length
    const ms = performance.now() - began
    console.log(`${count} sessions after RCPT: ${each.toFixed(1)} KiB each`)
    console.log(`${answered} of ${count} answered NOOP within ${ms.toFixed(0)} ms`)
    if (answered < count) process.exitCode = 1
  } finally {
    for (const socket of sockets) socket.destroy()
    await peer?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Dials until there are `count`. @throws Error when one is not answered as it should be. */
async function hold({ port }: Peer, sockets: Socket[], count: number): Promise<void> {
  while (sockets.length < count) {
    const some = Math.min(batch, count - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: some }, () => session(port)))))
  }
}

async function session(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  const heard = [await reply(socket)]
  for (const step of steps) heard.push(await ask(socket, step))
  const wrong = heard.find((each) => !each.startsWith('2'))
  if (wrong !== undefined) throw new Error(`not held: ${wrong}`)
  return socket
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
