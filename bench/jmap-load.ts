// A load of small JMAP requests at a steady rate, run as a process of its own: each is sent at its
// time, and its latency counts from then, whether a connection was free or not. The mix is what
// pages and phones ask. Prints one line of JSON. It only ever dials loopback.
import { connect, type Socket } from 'node:net'

export interface JmapLoad {
  readonly port: number
  readonly users: readonly { readonly address: string; readonly account: string }[]
  /** Requests a second; 0 is as many as there can be. */
  readonly rate: number
  readonly seconds: number
  readonly connections: number
}

export interface JmapLoadResult {
  readonly requests: number
  readonly failed: number
  readonly failure: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

interface User {
  readonly account: string
  readonly head: string
  ids: readonly string[]
  state: string
}

const listed = ['threadId', 'mailboxIds', 'keywords', 'from', 'subject', 'receivedAt', 'preview']
const back = (name: string) => ({ resultOf: '0', name, path: '/ids' })

type Calls = readonly (readonly [string, object])[]

/** By parts of a hundred. */
const mix: readonly (readonly [part: number, (user: User, n: number) => Calls])[] = [
  [
    25,
    ({ account: accountId }) => [
      ['Email/query', { accountId, filter: { inMailbox: 'inbox' }, limit: 20 }],
      ['Email/get', { accountId, '#ids': back('Email/query'), properties: listed }],
    ],
  ],
  [20, ({ account: accountId }) => [['Mailbox/get', { accountId }]]],
  [
    20,
    ({ account: accountId, ids }, n) => [
      [
        'Email/get',
        {
          accountId,
          ids: [ids[n % ids.length]],
          properties: [...listed, 'bodyValues', 'textBody', 'htmlBody', 'attachments'],
          fetchHTMLBodyValues: true,
        },
      ],
    ],
  ],
  [
    20,
    ({ account: accountId, state: sinceState }) => [
      ['Email/changes', { accountId, sinceState }],
      ['Mailbox/changes', { accountId, sinceState }],
    ],
  ],
  [
    13,
    ({ account: accountId, ids }, n) => [
      [
        'Email/set',
        {
          accountId,
          update: { [ids[n % ids.length]!]: { 'keywords/$seen': n % 2 ? true : null } },
        },
      ],
    ],
  ],
  [
    2,
    ({ account: accountId }, n) => [
      ['Email/query', { accountId, filter: { text: `letter ${n}` }, limit: 20 }],
    ],
  ],
]

function callsFor(user: User, n: number): Calls {
  let at = (n * 61) % 100
  for (const [part, calls] of mix) {
    if (at < part) return calls(user, n)
    at -= part
  }
  throw new Error('the mix is not a hundred')
}

/** One connection; its requests go one after the other. */
class Client {
  readonly #socket: Socket
  #parts: Buffer[] = []
  #size = 0
  #wanted = -1
  #done: ((body: Buffer) => void) | undefined

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true)
    this.#socket.on('data', (part: Buffer) => this.#hear(part))
  }

  ask({ head }: User, calls: Calls): Promise<Buffer> {
    const methodCalls = calls.map(([name, args], n) => [name, args, String(n)])
    const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']
    const body = JSON.stringify({ using, methodCalls })
    this.#socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #hear(part: Buffer): void {
    this.#parts.push(part)
    this.#size += part.length
    if (this.#wanted < 0) {
      const all = Buffer.concat(this.#parts)
      const end = all.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = /content-length: (\d+)/i.exec(all.toString('latin1', 0, end))?.[1]
      this.#wanted = end + 4 + Number(length)
    }
    if (this.#size < this.#wanted) return
    const answer = Buffer.concat(this.#parts)
    this.#parts = []
    this.#size = 0
    this.#wanted = -1
    this.#done?.(answer)
  }
}

const load: JmapLoad = JSON.parse(process.argv[2] ?? '{}')
const users = load.users.map(({ address, account }): User => {
  const authorization = `Basic ${Buffer.from(`${address}:amplop`).toString('base64')}`
  const head = [
    ...['POST /jmap/api HTTP/1.1', 'host: localhost', 'content-type: application/json'],
    `authorization: ${authorization}\r\n`,
  ].join('\r\n')
  return { account, head, ids: [], state: '' }
})
const clients = Array.from({ length: load.connections }, () => new Client(load.port))
const free = [...clients]
const waiting: (() => void)[] = []
const latencies: number[] = []
let failed = 0
let failure = ''

async function one(n: number, due: number): Promise<void> {
  const user = users[n % users.length]!
  if (free.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
  const client = free.pop()!
  const answer = await client.ask(user, callsFor(user, Math.floor(n / users.length)))
  free.push(client)
  waiting.shift()?.()
  latencies.push(performance.now() - due)
  const text = answer.toString('latin1', 0, 20)
  if (text.startsWith('HTTP/1.1 200') && !answer.includes('["error",')) return
  failed++
  failure ||= answer.toString('utf8', 0, 600)
}

for (const user of users) {
  const { account: accountId } = user
  const filter = { inMailbox: 'inbox' }
  const query = ['Email/query', { accountId, filter, limit: 200 }] as const
  const answer = (await clients[0]!.ask(user, [query, ['Mailbox/get', { accountId }]])).toString()
  const { methodResponses } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
  user.ids = methodResponses[0][1].ids
  user.state = methodResponses[0][1].queryState
}

const began = performance.now()
const running: Promise<void>[] = []
let n = 0
if (load.rate > 0) {
  const total = load.rate * load.seconds
  await new Promise<void>((resolve) => {
    const beat = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * load.rate))
      for (; n < due; n++) running.push(one(n, began + (n / load.rate) * 1000))
      if (n < total) return
      clearInterval(beat)
      resolve()
    }, 1)
  })
} else {
  const until = began + load.seconds * 1000
  const lead = async () => {
    while (performance.now() < until) await one(n++, performance.now())
  }
  running.push(...clients.map(lead))
}
await Promise.all(running)
const seconds = (performance.now() - began) / 1000
for (const client of clients) client.close()
latencies.sort((a, b) => a - b)
const at = (part: number) => latencies[Math.floor((latencies.length - 1) * part)] ?? 0
const result: JmapLoadResult = {
  ...{ requests: latencies.length, failed, failure, perSecond: latencies.length / seconds },
  ...{ p50Ms: at(0.5), p99Ms: at(0.99) },
}
console.log(JSON.stringify(result))
