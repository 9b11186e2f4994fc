// JMAP on a real house with its store and a real port, for tests: tito and iqbal, "amplop".
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Login } from '../../../accounts/logins.ts'
import { Ids } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { Mailroom } from '../../../delivery/mailroom.ts'
import { RuleBook } from '../../../delivery/rules/rule-book.ts'
import { Scripts } from '../../../delivery/scripts.ts'
import { reasonsFor } from '../../../delivery/spam/verdicts.ts'
import { accountId, type HouseOptions, openHouse } from '../../../delivery/testing/house.ts'
import { Emails } from '../../../mailbox/emails.ts'
import { FileIndex } from '../../../mailbox/search/file-index.ts'
import { Search } from '../../../mailbox/search/search.ts'
import { Undelete } from '../../../mailbox/undelete.ts'
import { serveHttp } from '../../../wire/http.ts'
import { httpLimits } from '../../../wire/http-types.ts'
import { capabilities } from '../capabilities.ts'
import { openJmap as open } from '../jmap.ts'
import type { JmapPorts, PushPost } from '../ports.ts'
import { spoken } from '../session.ts'

export const password = 'amplop'
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer.
export type Answer = any

export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

export interface JmapOptions extends HouseOptions {
  /** The clock of JMAP. */
  readonly jmapNow?: () => number
  readonly post?: PushPost
}

const nowhere: PushPost = { may: () => false, send: () => Promise.reject(new Error('nowhere')) }

type Accounts = JmapPorts['accounts']

/** Hashing passwords would be most of the tests' time. */
function withQuickLogins(accounts: Accounts, people: ReadonlyMap<string, Login>): Accounts {
  const authenticator: Accounts['authenticator'] = (where) => ({
    ...accounts.authenticator(where),
    password: async (name, said) => (said === password ? people.get(name) : undefined),
    person: async (name, said, code) => {
      const login = said === password ? people.get(name) : undefined
      if (!login) return { is: 'refused' }
      if (!(await accounts.twoFactor.state(login.account)).on) return { is: 'in', login }
      if (code === '') return { is: 'needs-code' }
      const used = await accounts.twoFactor.use(login.account, code)
      return used ? { is: 'in', login } : { is: 'wrong-code' }
    },
  })
  return new Proxy(accounts, {
    get(target, name) {
      if (name === 'authenticator') return authenticator
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

export async function openJmap(test: Cleanup, options: JmapOptions = {}) {
  const house = await openHouse(test, options)
  const folder = mkdtempSync(join(tmpdir(), 'amplop-jmap-'))
  const { accounts, mailboxes, messages, delivery, traces, engine, store } = house
  const { blobs, notifier } = store
  const ids = new Ids()
  const mail = { engine, blobs, notifier, nextId: () => ids.next(), now: Date.now }
  const index = new FileIndex(join(folder, 'search.db'))
  const people = new Map<string, Login>()
  for (const name of ['tito', 'iqbal']) {
    const address = `${name}@example.com`
    people.set(address, { account: await accountId(house, address), address, name: '' })
  }
  const emails = new Emails(mail, mailboxes.changes)
  const own = { ...mail, mailboxes, messages, emails, mailroom: new Mailroom(mailboxes) }
  const rules = new RuleBook({ ...own, records: accounts.records })
  const ports: JmapPorts = {
    accounts: withQuickLogins(accounts, people),
    ...{ mailboxes, messages, delivery, traces, ids, log: silentLog, hosts: ['mail.example.com'] },
    ...{ emails, rules, scripts: new Scripts({ ...mail, records: accounts.records }) },
    spamReasons: (account, trace) => reasonsFor(engine, account, trace),
    undelete: new Undelete(mail, mailboxes.changes, 7 * 86_400_000),
    search: new Search({ engine, blobs, index }),
    post: options.post ?? nowhere,
    serverName: 'mail.example.com',
    now: options.jmapNow ?? Date.now,
  }
  const jmap = open(ports)
  const { routes } = jmap
  const server = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, limits: httpLimits, log: silentLog, routes },
  })
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await server.close(100)
    await jmap.close()
    await index.close()
    await house.close()
    rmSync(folder, { recursive: true })
  }
  test.after(close)
  const url = `http://127.0.0.1:${server.port}`
  const basic = (name: string) =>
    `Basic ${Buffer.from(`${name}@example.com:${password}`).toString('base64')}`
  return {
    ...{ house, ports, routes, url, close },
    accountOf: (name: string) => people.get(`${name}@example.com`)?.account ?? '',
    client: (name: string) =>
      new JmapClient(url, people.get(`${name}@example.com`)?.account ?? '', basic(name)),
  }
}

export class JmapClient {
  readonly url: string
  readonly account: string
  readonly authorization: string

  readonly cookie: string

  constructor(url: string, account: string, authorization: string, cookie = '') {
    this.cookie = cookie
    this.url = url
    this.account = account
    this.authorization = authorization
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const own = this.cookie === '' ? { authorization: this.authorization } : { cookie: this.cookie }
    const headers = { ...own, ...init.headers } as Record<string, string>
    return fetch(this.url + path, { ...init, headers })
  }

  /** Responses in order, each `[name, response, id]`. */
  async calls(methodCalls: readonly (readonly [string, object])[]): Promise<Answer[]> {
    const body = JSON.stringify({
      using: capabilities.filter((name) => spoken().includes(name)),
      methodCalls: methodCalls.map(([name, args], n) => [
        name,
        name === 'Core/echo' ? args : { accountId: this.account, ...args },
        `c${n}`,
      ]),
    })
    const headers = { 'content-type': 'application/json' }
    const answer = await this.fetch('/jmap/api', { method: 'POST', headers, body })
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
    return ((await answer.json()) as { methodResponses: Answer[] }).methodResponses
  }

  /** The response to one call; what failed is `{ error }`. */
  async call(name: string, args: object = {}): Promise<Answer> {
    const [first] = await this.calls([[name, args]])
    return first[0] === 'error' ? { error: first[1] } : first[1]
  }

  async upload(bytes: string | Uint8Array, type = 'message/rfc822'): Promise<Answer> {
    const init = { method: 'POST', body: bytes as string, headers: { 'content-type': type } }
    return (await this.fetch(`/jmap/upload/${this.account}`, init)).json()
  }

  /** A message in the INBOX; its id. */
  async deliver(text: string, more: object = {}): Promise<string> {
    const { blobId } = await this.upload(text)
    const emails = { a: { blobId, mailboxIds: { inbox: true }, ...more } }
    const { created, notCreated } = await this.call('Email/import', { emails })
    if (notCreated) throw new Error(JSON.stringify(notCreated))
    return created.a.id
  }
}
