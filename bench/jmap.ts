// JMAP as pages use it, on a mailbox of 100,000 messages: the first page, a page far below, a
// search, after changes and without; a load of small requests; and how soon a page hears of mail.
// Server and clients are processes of their own.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { JmapLoad, JmapLoadResult } from './jmap-load.ts'
import { startPrinting } from './peers.ts'

const address = 'load@bench.example'

interface Server {
  readonly http: number
  readonly smtp: number
  readonly users: readonly { readonly address: string; readonly account: string }[]
}

const listed = [
  ...['id', 'threadId', 'mailboxIds', 'keywords', 'from', 'to', 'subject', 'receivedAt', 'size'],
  ...['hasAttachment', 'preview'],
]

function page(accountId: string, query: object): readonly (readonly [string, object])[] {
  const ids = { resultOf: '0', name: 'Email/query', path: '/ids' }
  return [
    ['Email/query', { accountId, limit: 50, ...query }],
    ['Email/get', { accountId, '#ids': ids, properties: listed }],
  ]
}

class Page {
  readonly #server: Server
  readonly #authorization = `Basic ${Buffer.from(`${address}:amplop`).toString('base64')}`

  constructor(server: Server) {
    this.#server = server
  }

  get account(): string {
    return this.#server.users[0]!.account
  }

  async calls(calls: readonly (readonly [string, object])[]) {
    const answer = await this.fetch('/jmap/api', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'],
        methodCalls: calls.map(([name, args], n) => [name, args, String(n)]),
      }),
    })
    const { methodResponses } = (await answer.json()) as {
      methodResponses: [string, Record<string, never[]>][]
    }
    return methodResponses.map(([, response]) => response)
  }

  async list(query: object): Promise<readonly string[]> {
    const [found, got] = await this.calls(page(this.account, query))
    if (got?.list?.length === 0) throw new Error('an empty page')
    return found?.ids ?? []
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: this.#authorization, ...init.headers } as Record<
      string,
      string
    >
    return fetch(`http://127.0.0.1:${this.#server.http}${path}`, { ...init, headers })
  }
}

export async function benchJmap(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const { line, stop } = await startPrinting('./jmap-server.ts', folder, String(count))
  try {
    const server = JSON.parse(line) as Server
    console.log(`${count} messages`)
    await pages(new Page(server), count)
    await pushed(new Page(server), server)
    const { http: port, users } = server
    const common = { port, users, seconds: 10, connections: 64 }
    await loaded('1,000 requests a second', { ...common, rate: 1000 })
    await loaded('as many as there can be', { ...common, rate: 0, connections: 32 })
    // Last: by now what was filled in is in the index.
    const page = new Page(server)
    const filter = { inMailbox: 'inbox', text: 'rare' }
    await timed('search page', 50, () => page.list({ filter }))
  } finally {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function pages(client: Page, count: number): Promise<void> {
  const { account: accountId } = client
  const filter = { inMailbox: 'inbox' }
  await timed('first page', 200, () => client.list({ filter }))
  await timed('first page, threads', 200, () => client.list({ filter, collapseThreads: true }))
  await timed('first page with the total', 50, () => client.list({ filter, calculateTotal: true }))
  await timed('page in the middle', 100, () => client.list({ filter, position: count >> 1 }))
  const [id = ''] = await client.list({ filter })
  let seen = false
  const touch = async () => {
    seen = !seen
    const update = { [id]: { 'keywords/$seen': seen ? true : null } }
    await client.calls([['Email/set', { accountId, update }]])
  }
  await timed('mailboxes', 100, () => client.calls([['Mailbox/get', { accountId }]]))
  await timed('mailboxes, after a change', 100, {
    before: touch,
    work: () => client.calls([['Mailbox/get', { accountId }]]),
  })
  await timed('first page, after a change', 100, {
    before: touch,
    work: () => client.list({ filter }),
  })
}

async function loaded(name: string, load: JmapLoad): Promise<void> {
  const generator = fileURLToPath(new URL('./jmap-load.ts', import.meta.url))
  const args = [generator, JSON.stringify(load)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { perSecond, p50Ms, p99Ms, failed, failure } = JSON.parse(stdout) as JmapLoadResult
  const told = `${perSecond.toFixed(0)}/s, median ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
  console.log(`${name.padEnd(28)} ${told}${failed > 0 ? `, ${failed} failed: ${failure}` : ''}`)
}

/** From the 250 of SMTP to the event that tells of it. */
async function pushed(client: Page, { smtp }: Server): Promise<void> {
  const leave = new AbortController()
  const path = '/jmap/events?types=Email&closeafter=no&ping=0'
  const answer = await client.fetch(path, { signal: leave.signal })
  const reader = answer.body!.getReader()
  await reader.read()
  const ms: number[] = []
  for (let n = 0; n < 50; n++) {
    const heard = reader.read().then(() => performance.now())
    const accepted = await sent(smtp)
    ms.push((await heard) - accepted)
  }
  leave.abort()
  ms.sort((a, b) => a - b)
  console.log(`${'250 to push event'.padEnd(28)} median ${ms[25]?.toFixed(1)} ms`)
}

/** When the 250 came. */
function sent(port: number): Promise<number> {
  const steps = [
    ...['EHLO bench\r\n', 'MAIL FROM:<a@example.net>\r\n', `RCPT TO:<${address}>\r\n`],
    ...['DATA\r\n', 'From: a@example.net\r\nSubject: now\r\n\r\nnow\r\n.\r\n'],
  ]
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    let text = ''
    socket.on('error', reject).on('data', (part) => {
      text += part.toString('latin1')
      if (!/^\d{3} .*\r\n$/m.test(text)) return
      if (!/^[23]/.test(text)) reject(new Error(text))
      text = ''
      const next = steps.shift()
      if (next !== undefined) return void socket.write(next)
      resolve(performance.now())
      socket.destroy()
    })
  })
}

type Work = () => Promise<unknown>

async function timed(
  name: string,
  rounds: number,
  given: Work | { readonly before: Work; readonly work: Work },
): Promise<void> {
  const { before, work } =
    typeof given === 'function' ? { before: async () => {}, work: given } : given
  const once = async () => {
    await before()
    const from = performance.now()
    await work()
    return performance.now() - from
  }
  const first = await once()
  const ms: number[] = []
  for (let n = 0; n < rounds; n++) ms.push(await once())
  ms.sort((a, b) => a - b)
  const at = (part: number) => ms[Math.floor((ms.length - 1) * part)]!.toFixed(1)
  const told = `median ${at(0.5)} ms, p99 ${at(0.99)} ms, the very first ${first.toFixed(0)} ms`
  console.log(`${name.padEnd(28)} ${told}`)
}
