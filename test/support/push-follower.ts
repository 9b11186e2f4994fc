// A client of JMAP that knows only what pushes and /changes tell it: it holds an account's emails
// and mailboxes, and never looks at all of them unless it is told that there is no other way.

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer.
type Json = any

const emailProperties = ['id', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt']

export class JmapAsker {
  readonly #url: string
  readonly #authorization: string
  account = ''

  constructor(port: number, address: string, password: string) {
    this.#url = `http://127.0.0.1:${port}`
    this.#authorization = `Basic ${Buffer.from(`${address}:${password}`).toString('base64')}`
  }

  async open(): Promise<this> {
    const session = (await (await this.fetch('/jmap/session')).json()) as Json
    this.account = session.primaryAccounts['urn:ietf:params:jmap:mail']
    return this
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const own = { authorization: this.#authorization, 'content-type': 'application/json' }
    const headers = { ...own, ...init.headers } as Record<string, string>
    return fetch(this.#url + path, { ...init, headers })
  }

  /** The response; the error of a method as `{ error }`. */
  async ask(name: string, args: object): Promise<Json> {
    const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']
    const methodCalls = [[name, { accountId: this.account, ...args }, '0']]
    const body = JSON.stringify({ using, methodCalls })
    const answer = (await (await this.fetch('/jmap/api', { method: 'POST', body })).json()) as Json
    const [told, response] = answer.methodResponses[0]
    return told === 'error' ? { error: response.type } : response
  }
}

/** Everything, as the server says it when asked for all. */
export async function wholeView(asker: JmapAsker) {
  const { ids } = await asker.ask('Email/query', {})
  const emails = await asker.ask('Email/get', { ids, properties: emailProperties })
  const boxes = await asker.ask('Mailbox/get', {})
  return { emails: byId(emails.list), boxes: byId(boxes.list) }
}

function byId(list: readonly Json[]): Record<string, Json> {
  return Object.fromEntries(
    list.map((each) => [each.id, each]).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

export class PushFollower {
  readonly asker: JmapAsker
  readonly emails = new Map<string, Json>()
  readonly boxes = new Map<string, Json>()
  /** How often all had to be asked for anew. */
  reloads = 0
  #states = { Email: '', Mailbox: '' }
  #lastEventId = ''
  #leave: AbortController | undefined
  #reading: Promise<void> = Promise.resolve()
  #wake: (() => void) | undefined
  #error: unknown

  constructor(asker: JmapAsker) {
    this.asker = asker
  }

  get view() {
    return { emails: byId([...this.emails.values()]), boxes: byId([...this.boxes.values()]) }
  }

  /** Listens from now on, and hears what it missed. */
  async listen(): Promise<void> {
    const leave = new AbortController()
    this.#leave = leave
    const headers = this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId }
    const path = '/jmap/events?types=Email,Mailbox&closeafter=no&ping=0'
    const answer = await this.asker.fetch(path, { headers, signal: leave.signal })
    if (this.#states.Email === '') await this.#reload()
    this.#reading = this.#read(answer.body!).catch((error: unknown) => {
      if (!leave.signal.aborted) this.#error = error
      this.#wake?.()
    })
  }

  async goAway(): Promise<void> {
    this.#leave?.abort()
    await this.#reading
  }

  /** Resolves when pushes have led it to these states. */
  async reached(states: { readonly Email: string; readonly Mailbox: string }): Promise<void> {
    const behind = () =>
      Number(this.#states.Email) < Number(states.Email) ||
      Number(this.#states.Mailbox) < Number(states.Mailbox)
    while (behind()) {
      if (this.#error) throw this.#error
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const part of body) {
      text += decoder.decode(part, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end)
        text = text.slice(end + 2)
        const data = /^data: (.*)$/m.exec(event)?.[1]
        if (data === undefined) continue
        this.#lastEventId = /^id: (.*)$/m.exec(event)?.[1] ?? this.#lastEventId
        await this.#hear(JSON.parse(data).changed?.[this.asker.account] ?? {})
        this.#wake?.()
      }
    }
  }

  async #hear(changed: Readonly<Record<string, string>>): Promise<void> {
    if (changed.Mailbox) await this.#follow('Mailbox', this.boxes)
    if (changed.Email) await this.#follow('Email', this.emails)
  }

  async #follow(type: 'Email' | 'Mailbox', known: Map<string, Json>): Promise<void> {
    for (let more = true; more; ) {
      const since = { sinceState: this.#states[type], maxChanges: 100 }
      const news = await this.asker.ask(`${type}/changes`, since)
      if (news.error === 'cannotCalculateChanges') return this.#reload()
      if (news.error) throw new Error(news.error)
      const ids = [...news.created, ...news.updated]
      const properties = type === 'Email' ? { properties: emailProperties } : {}
      const got = ids.length > 0 ? await this.asker.ask(`${type}/get`, { ids, ...properties }) : {}
      for (const each of got.list ?? []) known.set(each.id, each)
      for (const id of [...news.destroyed, ...(got.notFound ?? [])]) known.delete(id)
      this.#states[type] = news.newState
      more = news.hasMoreChanges
    }
  }

  async #reload(): Promise<void> {
    this.reloads++
    const { state: Email } = await this.asker.ask('Email/get', { ids: [] })
    const { state: Mailbox } = await this.asker.ask('Mailbox/get', { ids: [] })
    const { emails, boxes } = await wholeView(this.asker)
    this.emails.clear()
    this.boxes.clear()
    for (const [id, each] of Object.entries(emails)) this.emails.set(id, each)
    for (const [id, each] of Object.entries(boxes)) this.boxes.set(id, each)
    this.#states = { Email, Mailbox }
  }
}
