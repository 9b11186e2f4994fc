// JMAP over a WebSocket, RFC 8887: requests and their responses, and state changes, on one
// connection. Who may ask is asked again with every request: what has ended is not served.
import { closes, type WebSocketTalk } from '../../wire/web-socket.ts'
import { isObject, type Json } from './args.ts'
import type { Asker, JmapPorts } from './ports.ts'
import { stateChanges } from './state-changes.ts'

export const socketLimits = { pingMs: 60_000, drainTimeoutMs: 30_000 } as const

/** Requests of one connection that are at work at once. */
const atOnce = 8

export interface TalkPorts {
  readonly ports: JmapPorts
  /** Who asks, as of now; undefined is nobody any more. */
  readonly asker: () => Promise<Asker | undefined>
  /** The response to a request, or what is wrong with it. */
  readonly run: (value: unknown, asker: Asker) => Promise<object>
}

export class SocketTalk {
  readonly #talk: WebSocketTalk
  readonly #around: TalkPorts
  readonly #working = new Set<Promise<void>>()
  #pushing: AbortController | undefined

  constructor(talk: WebSocketTalk, around: TalkPorts) {
    this.#talk = talk
    this.#around = around
  }

  /** Resolves when the talk is over. */
  async lead(): Promise<void> {
    try {
      for await (const text of this.#talk.texts) {
        const asker = await this.#around.asker()
        if (!asker) {
          this.#talk.close(closes.policy, 'logged out')
          return
        }
        const work = this.#hear(text, asker)
        this.#working.add(work)
        void work.finally(() => this.#working.delete(work))
        if (this.#working.size >= atOnce) await Promise.race(this.#working)
      }
    } finally {
      this.#pushing?.abort()
      await Promise.all(this.#working)
    }
  }

  async #hear(text: string, asker: Asker): Promise<void> {
    const value = parsed(text)
    if (!isObject(value)) return this.#wrong('notJSON', undefined)
    switch (value['@type']) {
      case 'Request':
        return this.#request(value, asker)
      case 'WebSocketPushEnable':
        return this.#enable(value, asker)
      case 'WebSocketPushDisable':
        this.#pushing?.abort()
        return undefined
      default:
        return this.#wrong('notRequest', value.id)
    }
  }

  async #request({ '@type': _, id, ...request }: Json, asker: Asker): Promise<void> {
    const response = await this.#around.run(request, asker)
    const about = typeof id === 'string' ? { requestId: id } : {}
    const type = 'methodResponses' in response ? 'Response' : 'RequestError'
    await this.#talk.send(JSON.stringify({ '@type': type, ...about, ...response }))
  }

  /** RFC 8887 §4.3.5.2 */
  async #enable({ dataTypes = null, pushState = null, id }: Json, asker: Asker): Promise<void> {
    const types = Array.isArray(dataTypes) ? new Set(dataTypes.map(String)) : 'all'
    if (dataTypes !== null && types === 'all') return this.#wrong('notRequest', id)
    this.#pushing?.abort()
    const pushing = new AbortController()
    this.#pushing = pushing
    const since = typeof pushState === 'string' ? pushState : undefined
    // Not awaited: the talk goes on beside it.
    void this.#push(asker, { types, since, silenceMs: 0 }, pushing)
  }

  async #push(
    asker: Asker,
    watch: Parameters<typeof stateChanges>[2],
    pushing: AbortController,
  ): Promise<void> {
    const { ports } = this.#around
    try {
      for await (const change of stateChanges(ports, asker, watch, pushing.signal)) {
        if (change === 'silence' || Object.keys(change.changed).length === 0) continue
        const { changed, id: pushState } = change
        const told = { '@type': 'StateChange', changed, pushState }
        if (!(await this.#talk.send(JSON.stringify(told)))) return
      }
      if (!pushing.signal.aborted) this.#talk.close(closes.policy, 'logged out')
    } catch (error) {
      ports.log.error('jmap push failed', { error })
      this.#talk.close(closes.failed)
    }
  }

  async #wrong(type: 'notJSON' | 'notRequest', id: unknown): Promise<void> {
    const about = typeof id === 'string' ? { requestId: id } : {}
    const error = { type: `urn:ietf:params:jmap:error:${type}`, status: 400 }
    await this.#talk.send(JSON.stringify({ '@type': 'RequestError', ...about, ...error }))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
