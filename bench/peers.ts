// The servers that are measured, each in processes of its own, and what they cost. Reads Linux' /proc.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPostfix } from './postfix.ts'

export interface Peer {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** Microseconds of CPU that it has used so far, with its threads and children. */
  cpuUs(): number
  /** KiB of memory that it holds. */
  rssKb(): number
  /** KiB of memory that it shares with no other process. */
  privateKb(): number
  /** Resolves when it has given back what it no longer needs, where it can be asked to. */
  collected(): Promise<void>
  /** Resolves when `count` messages since the last call are where they belong. */
  delivered(count: number): Promise<void>
  stop(): Promise<void>
}

/** A script of this folder that prints its port as its first line. */
export async function startScript(
  name: string,
  script: string,
  ...args: readonly string[]
): Promise<Peer> {
  const { child, line, stop } = await startPrinting(script, ...args)
  return {
    name,
    port: Number(line),
    pid: child.pid ?? 0,
    cpuUs: () => cpuUsOf(child.pid ?? 0).own,
    rssKb: () => rssKbOf(child.pid ?? 0),
    privateKb: () => privateKbOf(child.pid ?? 0),
    async collected() {
      child.kill('SIGUSR2')
      await new Promise((resolve) => setTimeout(resolve, 2000))
    },
    // It says 250 when it has.
    delivered: async () => {},
    stop,
  }
}

/** A script of this folder, and the first line that it prints. */
export async function startPrinting(script: string, ...args: readonly string[]) {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill())
  return { child, line: await firstLine(child), stop: () => ended(child) }
}

/** Postfix with virtual mailboxes in a Maildir; undefined where it is not, or we are not root. */
export async function startPostfixPeer(): Promise<Peer | undefined> {
  const postfix = await startPostfix()
  if (!postfix) return undefined
  const { pid, port, maildir, stop } = postfix
  return {
    name: 'postfix',
    port,
    pid,
    cpuUs: () => familyCpuUs(pid),
    rssKb: () => rssKbOf(pid),
    privateKb: () => privateKbOf(pid),
    collected: async () => {},
    async delivered(count) {
      const inbox = join(maildir, 'new')
      for (let waits = 0; waits < 2400; waits++) {
        if (existsSync(inbox) && readdirSync(inbox).length >= count) break
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
      rmSync(inbox, { recursive: true, force: true })
    },
    stop,
  }
}

/** Postfix as a relay to a port of loopback, and how to have it try all that is deferred. */
export async function startPostfixRelay(
  relay: number,
): Promise<{ peer: Peer; flush: () => void } | undefined> {
  const postfix = await startPostfix(relay)
  if (!postfix) return undefined
  const { pid, port, stop, flush, deferred } = postfix
  const collected = async () => {}
  // Until they wait for another time: the relay is closed.
  const delivered = async (count: number) => {
    for (let waits = 0; waits < 2400 && deferred() < count; waits++)
      await new Promise((resolve) => setTimeout(resolve, 25))
  }
  const memory = { rssKb: () => rssKbOf(pid), privateKb: () => privateKbOf(pid) }
  const own = { name: 'postfix', port, pid, cpuUs: () => familyCpuUs(pid), ...memory }
  return { peer: { ...own, collected, delivered, stop }, flush }
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const part of child.stdout ?? []) {
    text += part
    if (text.includes('\n')) return text.trim()
  }
  throw new Error(`ended before it listened: ${text}`)
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('close', () => resolve())
    child.kill('SIGTERM')
  })
}

const tickUs = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

interface Cpu {
  readonly parent: number
  readonly own: number
  /** Of children that ended. */
  readonly past: number
}

function cpuUsOf(pid: number): Cpu {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, pastUser = 0, pastSystem = 0] = fields.slice(11, 15)
  const past = (pastUser + pastSystem) * tickUs
  return { parent: fields[1] ?? 0, own: (user + system) * tickUs, past }
}

/** Of a process and its children, those that ended too. */
export function familyCpuUs(pid: number): number {
  const { own, past } = cpuUsOf(pid)
  let sum = own + past
  for (const child of childrenOf(pid)) {
    try {
      sum += cpuUsOf(child).own
    } catch {
      // Gone meanwhile; its parent counts it.
    }
  }
  return sum
}

/** The processes that a process has just now. */
export function childrenOf(pid: number): readonly number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return all.map(Number).filter((each) => {
    try {
      return cpuUsOf(each).parent === pid
    } catch {
      return false
    }
  })
}

function rssKbOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}

function privateKbOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+)/gm)].reduce(
    (sum, [, kb]) => sum + Number(kb),
    0,
  )
}
