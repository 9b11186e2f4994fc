// Mail read by IMAP: Amplop beside Dovecot with mdbox, its fastest store, where that is installed.
// Only ratios of one run count.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { haveDovecot, startDovecot } from '../test/support/dovecot.ts'
import { compare } from './compare.ts'
import { ImapClient } from './imap-client.ts'
import { type ImapServer, imapRows } from './imap-rows.ts'
import { childrenOf, familyCpuUs, startScript } from './peers.ts'

interface Given {
  readonly rounds: number
  readonly quick: boolean
  readonly count: number | undefined
}

/** Prints the medians of all rounds, and then what idle connections cost. */
export async function benchImap({ rounds, quick, count: asked }: Given): Promise<void> {
  const count = asked ?? (quick ? 4_000 : 20_000)
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const servers: ImapServer[] = []
  try {
    // Dovecot reads it as a user of its own.
    chmodSync(folder, 0o755)
    servers.push(await amplop(folder))
    if (await haveDovecot()) servers.push(await dovecot(folder))
    console.log(`${count} messages of 8 KB on average, ${rounds} rounds, medians`)
    for (const row of imapRows(count)) await compare(row, servers, rounds)
    for (const server of servers) await idle(server, 100)
    if (servers[0]) await idle(servers[0], quick ? 1_000 : 10_000)
  } finally {
    for (const server of servers) {
      server.client.drop()
      await server.stop()
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function amplop(folder: string): Promise<ImapServer> {
  const data = join(folder, 'amplop')
  mkdirSync(data)
  const { name, port, pid, cpuUs, stop } = await startScript('amplop', './imap-server.ts', data)
  const user = 'load@bench.example'
  const client = await ImapClient.open({ port, user })
  return { name, port, user, cpuUs, stop, client, pssKb: () => pssKbOf(pid) }
}

async function dovecot(folder: string): Promise<ImapServer> {
  const { pid, imapPort: port, stop } = await startDovecot(join(folder, 'dovecot'))
  const user = 'load'
  const client = await ImapClient.open({ port, user })
  const cpuUs = () => familyCpuUs(pid)
  const pssKb = () => [pid, ...childrenOf(pid)].reduce((sum, each) => sum + pssKbOf(each), 0)
  return { name: 'dovecot', port, user, cpuUs, stop, client, pssKb }
}

/** Dialled at the same time. */
const batch = 50

/** Memory of so many idle connections, and how fast one more logs in beside them. */
async function idle(server: ImapServer, count: number): Promise<void> {
  const clients: ImapClient[] = []
  try {
    const hold = async (most: number) => {
      while (clients.length < most)
        clients.push(...(await Promise.all(Array.from({ length: batch }, () => idler(server)))))
    }
    await hold(batch)
    const before = server.pssKb()
    await hold(batch + count)
    const each = (server.pssKb() - before) / count
    const times: number[] = []
    for (let n = 0; n < 100; n++) {
      const began = performance.now()
      const client = await ImapClient.open(server)
      times.push(performance.now() - began)
      client.drop()
    }
    const p99 = times.sort((a, b) => a - b)[98] ?? 0
    const told = `${each.toFixed(1)} kB each, a new login ${p99.toFixed(0)} ms at p99`
    console.log(`${count} idle connections: ${server.name} ${told}`)
  } finally {
    for (const client of clients) client.drop()
  }
}

async function idler(server: ImapServer): Promise<ImapClient> {
  const client = await ImapClient.open(server)
  await client.run('SELECT INBOX')
  const going = client.until('+ ')
  client.send(['idle IDLE\r\n'])
  await going
  return client
}

function pssKbOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
}
