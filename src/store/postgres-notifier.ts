// Words between processes by LISTEN and NOTIFY, on a connection of its own. All words of a moment
// go out in one; nothing of it takes part in a transaction that writes.
import { randomUUID } from 'node:crypto'
import type { Log } from '../base/log.ts'
import type { Notifier } from './notifier.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { openDurable } from './postgres-lane.ts'
import { sql } from './sql.ts'

/** PostgreSQL takes less than 8,000 bytes at once. */
const bundleMaxBytes = 7_000
/** Words that may wait; beyond that the others are told to read everything again. */
const waitingMax = 10_000
const pauseMinMs = 50
const pauseMaxMs = 5_000
const statementTimeoutMs = 10_000
/** A connection may go without a word: whoever only listens would never notice. */
const lookEveryMs = 10_000

type Hear = (payload: string | undefined) => void

export class PostgresNotifier implements Notifier {
  readonly others = true
  readonly #url: string
  readonly #log: Log
  readonly #self = randomUUID()
  readonly #listeners = new Map<string, Set<Hear>>()
  #channel = ''
  #connection: PostgresConnection | undefined
  #waiting = new Set<string>()
  /** Others may have missed words of ours. */
  #missed = true
  #sending = false
  #closed = false
  #pause: { readonly timer: NodeJS.Timeout; readonly go: () => void } | undefined
  #connecting: Promise<void> | undefined
  readonly #looking: NodeJS.Timeout
  #looked = false

  private constructor(url: string, log: Log, everyMs: number) {
    this.#url = url
    this.#log = log
    this.#looking = setInterval(() => this.#look(), everyMs).unref()
  }

  /**
   * Listens from when the promise resolves. A connection that is silent for `everyMs`, when it was
   * asked, is given up for a new one.
   * @throws when the database cannot be reached
   */
  static async open(url: string, log: Log, everyMs = lookEveryMs): Promise<PostgresNotifier> {
    const notifier = new PostgresNotifier(url, log, everyMs)
    try {
      await notifier.#connect()
      return notifier
    } catch (error) {
      clearInterval(notifier.#looking)
      throw error
    }
  }

  publish(channel: string, payload: string): void {
    this.#waiting.add(`${channel} ${payload}`)
    if (this.#waiting.size > waitingMax) {
      this.#waiting.clear()
      this.#missed = true
    }
    if (!this.#sending) void this.#send()
  }

  listen(channel: string, hear: Hear): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners.add(hear))
    return () => {
      listeners.delete(hear)
    }
  }

  /** Sends what waits, if it can, and ends. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#looking)
    this.#pause?.go()
    await this.#connecting
    await this.#connection?.idle()
    await this.#connection?.close()
  }

  async #connect(): Promise<void> {
    const connection = await openDurable({
      url: this.#url,
      name: 'amplop notify',
      statementTimeoutMs,
    })
    connection.onNotification((channel, payload) => {
      if (channel === this.#channel) this.#hear(payload)
    })
    // One database may hold several of us, each in a schema of its own.
    const [row] = await connection.ask(sql`select current_schema() as name`)
    this.#channel = `amplop_${row?.name ?? ''}`
    await connection.say(`listen "${this.#channel.replaceAll('"', '""')}"`)
    this.#connection = connection
    connection.onEnd(() => this.#lost())
    void this.#send()
  }

  #look(): void {
    const connection = this.#connection
    if (!connection) return
    if (this.#looked) {
      connection.destroy()
      return
    }
    this.#looked = true
    const answered = () => {
      this.#looked = false
    }
    connection.say('select').then(answered, answered)
  }

  #lost(): void {
    this.#connection = undefined
    // What was under way may not have gone out.
    this.#missed = true
    if (this.#closed) return
    this.#log.warn('store notifier lost its connection')
    this.#connecting ??= this.#reconnect().finally(() => {
      this.#connecting = undefined
    })
  }

  async #reconnect(): Promise<void> {
    for (let pauseMs = pauseMinMs; !this.#closed; pauseMs = Math.min(pauseMs * 2, pauseMaxMs)) {
      try {
        await this.#connect()
        // What others said meanwhile went to nobody.
        this.#everyone(undefined)
        return
      } catch {
        await this.#wait(pauseMs * (0.5 + Math.random()))
      }
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer)
        this.#pause = undefined
        resolve()
      }
      const timer = setTimeout(go, ms).unref()
      this.#pause = { timer, go }
    })
  }

  async #send(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    // What is said in the same tick goes along.
    await new Promise(setImmediate)
    while (this.#connection && (this.#missed || this.#waiting.size > 0)) {
      const words = this.#bundle()
      try {
        await this.#connection.ask(
          sql`select pg_notify(${this.#channel}, ${[this.#self, ...words].join('\n')})`,
        )
      } catch {
        this.#missed = true
        if (!this.#connection?.lost) break
      }
    }
    this.#sending = false
  }

  /** As many words as fit; none of them means that all may have been missed. */
  #bundle(): readonly string[] {
    if (this.#missed) {
      this.#missed = false
      this.#waiting.clear()
      return []
    }
    const words: string[] = []
    let bytes = this.#self.length
    for (const word of this.#waiting) {
      bytes += 1 + Buffer.byteLength(word)
      if (words.length > 0 && bytes > bundleMaxBytes) break
      this.#waiting.delete(word)
      words.push(word)
    }
    return words
  }

  #hear(bundle: string): void {
    const [from, ...words] = bundle.split('\n')
    if (from === this.#self) return
    if (words.length === 0) this.#everyone(undefined)
    for (const word of words) {
      const space = word.indexOf(' ')
      this.#tell(this.#listeners.get(word.slice(0, space)), word.slice(space + 1))
    }
  }

  #everyone(payload: undefined): void {
    for (const listeners of this.#listeners.values()) this.#tell(listeners, payload)
  }

  #tell(listeners: ReadonlySet<Hear> | undefined, payload: string | undefined): void {
    for (const hear of listeners ?? []) {
      try {
        hear(payload)
      } catch (error) {
        this.#log.error('store listener failed', { error })
      }
    }
  }
}
