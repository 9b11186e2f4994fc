// The live board: its page, its data and its stream as HTTP routes.
import type { Feed } from '../../base/feed.ts'
import type { Log } from '../../base/log.ts'
import type { Trace } from '../../delivery/types.ts'
import { errorAnswer, json } from '../../wire/http-answer.ts'
import { loadAssets } from '../../wire/http-assets.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { Cards } from './card.ts'
import { foreign } from './policy.ts'
import { parseReport, type ReportPorts, takeReport } from './report.ts'
import { type StreamPorts, stream } from './stream.ts'

export interface BoardTraces extends Pick<ReportPorts, 'byMessageId' | 'addSteps'> {
  readonly live: Feed<Trace>
  /** Newest first; `before` leaves out the trace of that id and all newer ones. */
  list(page: {
    readonly board: string
    readonly before?: string
    readonly limit: number
  }): Promise<readonly Trace[]>
  /** On the same board, oldest first; undefined when that trace is on none. */
  since(id: string, limit: number): Promise<readonly Trace[] | undefined>
  get(id: string): Promise<Trace | undefined>
  text(trace: Trace): Promise<string>
}

/** What the page tells of the server, so that a newcomer can send a first message. */
export interface About {
  readonly domain: string
  /** An address that takes mail. */
  readonly address: string
  /** The ports that listen, by service: "smtp", "gateway". */
  readonly ports: Readonly<Record<string, number>>
  /** How the program is called here: "amplop", "bin/amplop". */
  readonly command: string
}

export interface BoardPorts {
  /** The board's name in the store. */
  readonly board: string
  readonly traces: BoardTraces
  readonly refused: ReportPorts['refused']
  readonly about: () => About
  /** Host names, in lower case, under which browsers may read the data, beside addresses. */
  readonly hosts: readonly string[]
  mayRead(request: HttpRequest): boolean
  mayReport(request: HttpRequest): boolean | Promise<boolean>
  /** The folders of the page's files. */
  readonly folders: readonly string[]
  readonly log: Log
  readonly beatMs: number
}

const assetsPath = '/board/assets/'
const messagesPath = '/board/messages/'
const pageMax = 200
const reportMaxBytes = 1024 * 1024

export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'"

/** @throws Error when the page's files cannot be read. */
export function boardRoutes(ports: BoardPorts): readonly Route[] {
  const assets = loadAssets(ports.folders, assetsPath)
  const secured = { 'content-security-policy': contentSecurityPolicy }
  const data = new BoardData(ports)
  const guarded =
    (run: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>) => (request: HttpRequest) => {
      const reason = foreign(request, ports.hosts)
      if (reason !== undefined) return errorAnswer(403, reason)
      return ports.mayRead(request) ? run(request) : errorAnswer(403, 'closed')
    }
  return [
    {
      method: 'GET',
      path: '/',
      run: (request) => assets.answer(request, 'index.html', secured),
    },
    {
      method: 'GET',
      path: `${assetsPath}*`,
      run: (request) => assets.answer(request, request.path.slice(assetsPath.length), secured),
    },
    { method: 'GET', path: '/board/messages', run: guarded((request) => data.page(request)) },
    { method: 'GET', path: `${messagesPath}*`, run: guarded((request) => data.one(request)) },
    { method: 'GET', path: '/board/stream', run: guarded((request) => data.stream(request)) },
    { method: 'GET', path: '/board/status', run: guarded(() => data.status()) },
    { method: 'POST', path: '/board/report', run: (request) => data.report(request) },
  ]
}

class BoardData {
  readonly #ports: BoardPorts
  readonly #cards: Cards
  readonly #stream: StreamPorts

  constructor(ports: BoardPorts) {
    const { board, traces, beatMs } = ports
    this.#ports = ports
    this.#cards = new Cards((trace) => traces.text(trace), ports.log)
    this.#stream = {
      board,
      beatMs,
      cards: this.#cards,
      live: traces.live,
      since: async (id, limit) =>
        id === '' ? (await traces.list({ board, limit })).toReversed() : traces.since(id, limit),
    }
  }

  /** `?before=ID&limit=50`: `{now, more, cards}`, newest first. */
  async page({ query }: HttpRequest): Promise<HttpAnswer> {
    const before = query.get('before') ?? ''
    const asked = Number.parseInt(query.get('limit') ?? '50', 10)
    const limit = Math.min(Math.max(asked || 1, 1), pageMax)
    const { traces, board } = this.#ports
    const page = { board, limit: limit + 1, ...(before === '' ? {} : { before }) }
    const found = await traces.list(page)
    const shown = found.slice(0, limit)
    const cards = await Promise.all(shown.map((trace) => this.#cards.json(trace)))
    const more = found.length > limit
    return {
      ...json(200, {}),
      body: `{"now":${Date.now()},"more":${more},"cards":[${cards.join(',')}]}\n`,
    }
  }

  /** The whole text of one message. */
  async one({ path }: HttpRequest): Promise<HttpAnswer> {
    const { traces, board } = this.#ports
    const trace = await traces.get(path.slice(messagesPath.length))
    if (trace === undefined || trace.board !== board) return errorAnswer(404, 'not-found')
    return json(200, { id: trace.id, subject: trace.subject, text: await traces.text(trace) })
  }

  stream({ headers, query, signal }: HttpRequest): HttpAnswer {
    const last = headers['last-event-id'] ?? query.get('since') ?? undefined
    const since = Array.isArray(last) ? last[0] : last
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
      body: stream(this.#stream, since, signal),
    }
  }

  status(): HttpAnswer {
    const { about, board, traces } = this.#ports
    return json(200, { board, now: Date.now(), watching: traces.live.listeners, ...about() })
  }

  /** A browser must not be made to report: it cannot send JSON elsewhere without asking first. */
  async report(request: HttpRequest): Promise<HttpAnswer> {
    const { board, traces, hosts, refused } = this.#ports
    const reason = foreign(request, hosts)
    if (reason !== undefined) return errorAnswer(403, reason)
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      return errorAnswer(415, 'json-only')
    }
    if (!(await this.#ports.mayReport(request))) return errorAnswer(403, 'report-denied')
    const report = parseReport(await request.body(reportMaxBytes))
    const ports: ReportPorts = {
      board,
      refused,
      byMessageId: (id) => traces.byMessageId(id),
      addSteps: (id, steps) => traces.addSteps(id, steps),
    }
    await takeReport(ports, report, request.client)
    return { status: 204 }
  }
}
