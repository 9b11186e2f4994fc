// JMAP as pages use it, on a mailbox of 100,000 messages: the first page, a page far below, a
// search. Server and client are one process, so that the work of both counts.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaults, type Settings } from '../src/app/config/schema.ts'
import { type Started, start } from '../src/app/start.ts'
import { silentLog } from '../src/base/log.ts'

const address = 'load@bench.example'
const batch = 200

function settingsIn(folder: string): Settings {
  const base = defaults()
  const none = { listen: [], tls_listen: [] }
  return {
    ...base,
    server: {
      ...base.server,
      name: 'mail.bench.example',
      domains: ['bench.example'],
      data: folder,
    },
    smtp: { ...base.smtp, listen: [] },
    submission: none,
    pop3: { ...base.pop3, ...none },
    imap: { ...base.imap, ...none },
    http: { ...base.http, listen: [{ host: '127.0.0.1', port: 0 }], tls_listen: [] },
  }
}

function letter(n: number): Buffer {
  const date = new Date(1_700_000_000_000 + n * 60_000).toUTCString().replace('GMT', '+0000')
  const head = [
    `From: Person ${n % 500} <person${n % 500}@example.net>`,
    `To: ${address}`,
    `Subject: ${n % 1000 === 0 ? 'rare ' : ''}letter ${n} about subject ${n % 997}`,
    `Message-ID: <${n}@example.net>`,
    `Date: ${date}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\nThe text of letter ${n}.\r\n`)
}

async function fill({ rooms }: Started, account: string, count: number): Promise<void> {
  if (!rooms) throw new Error('no rooms')
  const { messages } = rooms
  for (let from = 0; from < count; from += batch) {
    const entries = []
    for (let n = from; n < Math.min(count, from + batch); n++) {
      const writer = messages.letter(100_000)
      await writer.write(letter(n))
      entries.push({ letter: await writer.seal(), receivedAt: 1_700_000_000_000 + n * 60_000 })
    }
    await messages.append({ account, mailbox: 'inbox' }, entries)
  }
}

const listed = [
  ...['id', 'threadId', 'mailboxIds', 'keywords', 'from', 'to', 'subject', 'receivedAt', 'size'],
  ...['hasAttachment', 'preview'],
]

function page(account: string, query: object): object {
  const ids = { resultOf: '0', name: 'Email/query', path: '/ids' }
  return {
    using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail'],
    methodCalls: [
      ['Email/query', { accountId: account, limit: 50, ...query }, '0'],
      ['Email/get', { accountId: account, '#ids': ids, properties: listed }, '1'],
    ],
  }
}

export async function benchJmap(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-bench-'))
  const started = await start({ settings: settingsIn(folder), log: silentLog, foreign: 'refuse' })
  try {
    const { id: account } = await started.rooms!.accounts.addAccount(address, 'amplop')
    await fill(started, account, count)
    const url = `http://127.0.0.1:${started.listeners[0]?.port}/jmap/api`
    const authorization = `Basic ${Buffer.from(`${address}:amplop`).toString('base64')}`
    const headers = { authorization, 'content-type': 'application/json' }
    const ask = async (query: object) => {
      const body = JSON.stringify(page(account, query))
      const answer = await fetch(url, { method: 'POST', headers, body })
      const { methodResponses } = (await answer.json()) as { methodResponses: unknown[][] }
      const [, got] = methodResponses[1] as [string, { list: unknown[] }]
      if (got.list.length === 0) throw new Error('an empty page')
    }
    const filter = { inMailbox: 'inbox' }
    console.log(`${count} messages`)
    await timed('first page', 200, () => ask({ filter }))
    await timed('first page, threads', 200, () => ask({ filter, collapseThreads: true }))
    await timed('first page with the total', 50, () => ask({ filter, calculateTotal: true }))
    await timed('page in the middle', 100, () => ask({ filter, position: count >> 1 }))
    await timed('search page', 20, () => ask({ filter: { ...filter, text: 'rare' } }))
    const began = performance.now()
    await Promise.all(Array.from({ length: 16 }, () => many(125, () => ask({ filter }))))
    const seconds = (performance.now() - began) / 1000
    console.log(`${'16 clients'.padEnd(28)} ${(2000 / seconds).toFixed(0)} pages a second`)
  } finally {
    await started.close(1000)
    rmSync(folder, { recursive: true, force: true })
  }
}

async function many(times: number, work: () => Promise<void>): Promise<void> {
  for (let n = 0; n < times; n++) await work()
}

async function timed(name: string, rounds: number, work: () => Promise<void>): Promise<void> {
  const began = performance.now()
  await work()
  const first = performance.now() - began
  const ms: number[] = []
  for (let n = 0; n < rounds; n++) {
    const from = performance.now()
    await work()
    ms.push(performance.now() - from)
  }
  ms.sort((a, b) => a - b)
  const at = (part: number) => ms[Math.floor((ms.length - 1) * part)]!.toFixed(1)
  const told = `median ${at(0.5)} ms, p99 ${at(0.99)} ms, the very first ${first.toFixed(0)} ms`
  console.log(`${name.padEnd(28)} ${told}`)
}
