// The routes of the local admin socket, which only the server's owner can open: status, what became
// of a message, and the directory. Knows no command line.
import type { Dirent } from 'node:fs'
import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Histogram, quantileMs } from '../../base/histogram.ts'
import { Refused } from '../../base/refused.ts'
import type { Traces } from '../../delivery/traces.ts'
import type { Trace } from '../../delivery/types.ts'
import { json } from '../../wire/http-answer.ts'
import type { Route } from '../../wire/http-types.ts'
import { directoryRoutes } from './directory.ts'
import { keyRoutes } from './keys.ts'
import { mailRoutes } from './mail.ts'
import type { KeptPorts, QueueState, ServerPorts, SettingsPort } from './ports.ts'
import { quarantineRoutes } from './quarantine.ts'
import { queueRoutes } from './queue.ts'
import { told } from './replies.ts'
import { reportRoutes } from './reports.ts'
import { ruleRoutes } from './rules.ts'
import { scriptRoutes } from './scripts.ts'
import { settingRoutes } from './settings.ts'

export interface AdminPorts {
  readonly server: ServerPorts
  readonly settings: SettingsPort
  /** undefined in a stand-alone forwarder, which has a status and nothing else. */
  readonly kept: KeptPorts | undefined
}

export function adminRoutes({ server, settings, kept }: AdminPorts): readonly Route[] {
  const status = told('GET', '/status', async () => json(200, await statusOf(server)))
  const { accessLog } = server
  const log = told('GET', '/access-log', async () => json(200, { file: accessLog() }))
  const always = [status, log, ...settingRoutes(settings)]
  if (!kept) return always
  return [
    ...[...always, traceRoute(kept.traces), verdictRoute(kept)],
    ...[...directoryRoutes(kept), ...mailRoutes(kept), ...quarantineRoutes(kept.quarantine)],
    ...[...queueRoutes(kept.queueBook, kept.traces), ...scriptRoutes(kept), ...ruleRoutes(kept)],
    ...[...keyRoutes(kept), ...reportRoutes(kept.reports)],
  ]
}

async function statusOf(server: ServerPorts): Promise<object> {
  const { name, version, folder, since } = server
  const { bavail, bsize } = await statfs(folder)
  return {
    name,
    version,
    folder,
    ready: server.ready(),
    since,
    uptimeMs: Date.now() - since,
    listeners: server.listeners.map(({ name, address, port, counters }) => ({
      ...{ name, address, port },
      connections: counters.connections,
      accepted: counters.accepted,
      refused: counters.refused,
      bytesIn: counters.bytesIn,
      bytesOut: counters.bytesOut,
    })),
    messages: server.messages().map(({ acceptedMs, refusals, ...counts }) => ({
      ...counts,
      acceptedMs: latencyOf(acceptedMs),
      refusals: Object.fromEntries(refusals.refusals),
    })),
    refusals: refusalsOf(server),
    commitMs: latencyOf(server.commitMs),
    loopMs: latencyOf(server.loopMs),
    ...(server.queue ? { queue: await queueOf(server.queue) } : {}),
    disk: { usedBytes: await usedBytes(folder), freeBytes: bavail * bsize },
  }
}

async function queueOf({ numbers, tallies }: QueueState): Promise<object> {
  const { delivered, failed, deferred } = tallies
  return { ...(await numbers()), delivered, failed, deferred: Object.fromEntries(deferred) }
}

/** Milliseconds that half of them took at most, and all but one in a hundred. */
function latencyOf(histogram: Histogram): { p50: number; p99: number } {
  const counts = histogram.read()
  return { p50: quantileMs(counts, 0.5), p99: quantileMs(counts, 0.99) }
}

/** By listener and reason. */
function refusalsOf({ listeners }: ServerPorts): object {
  const named = listeners.filter(({ tally }) => tally.refusals.size > 0)
  return Object.fromEntries(
    named.map(({ name, tally }) => [name, Object.fromEntries(tally.refusals)]),
  )
}

/** What the data folder takes. Files that go meanwhile count nothing. */
async function usedBytes(folder: string): Promise<number> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true, recursive: true })
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      lstat(join(entry.parentPath, entry.name))
        .then(({ size }) => size)
        .catch(() => 0),
    )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

const tracesMax = 1_000
/** How far back an address is looked for, newest first. */
const searchedMax = 20_000

/** `GET /traces?of=…&limit=…`: an id, a Message-ID or an address; without `of` the newest. */
function traceRoute(traces: Traces): Route {
  return told('GET', '/traces', async ({ query }) => {
    const limit = Number(query.get('limit') ?? 20)
    if (!Number.isInteger(limit) || limit < 1 || limit > tracesMax)
      throw new Refused('bad-value', `limit is a whole number from 1 to ${tracesMax}`)
    const of = query.get('of') ?? ''
    if (of === '') return json(200, await traces.list({ limit }))
    const one = await traces.get(of)
    if (one) return json(200, [one])
    const named = await traces.byMessageId(of)
    if (named.length > 0 || !of.includes('@')) return json(200, named.slice(0, limit))
    return json(200, await byAddress(traces, of.toLowerCase(), limit))
  })
}

const pointsMax = 1_000

/** `GET /verdicts?message=…&points=…`: the verdicts on a message, judged anew. */
function verdictRoute({ verdicts }: KeptPorts): Route {
  return told('GET', '/verdicts', async ({ query }) => {
    const text = query.get('points')
    const points = text === null ? undefined : Number(text)
    if (points !== undefined && !(points >= 1 && points <= pointsMax))
      throw new Refused('bad-value', `points is a number from 1 to ${pointsMax}`)
    return json(200, await verdicts(query.get('message') ?? '', points))
  })
}

async function byAddress(traces: Traces, address: string, limit: number): Promise<Trace[]> {
  const found: Trace[] = []
  let before: string | undefined
  for (let looked = 0; looked < searchedMax && found.length < limit; looked += tracesMax) {
    const page = await traces.list({ limit: tracesMax, ...(before && { before }) })
    found.push(...page.filter((trace) => concerns(trace, address)))
    before = page.at(-1)?.id
    if (page.length < tracesMax) break
  }
  return found.slice(0, limit)
}

function concerns({ from, recipients }: Trace, address: string): boolean {
  return (
    from.toLowerCase() === address ||
    recipients.some((recipient) => recipient.address.toLowerCase() === address)
  )
}
