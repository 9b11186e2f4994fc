// `amplop status`: what a running server does just now.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command } from './command.ts'
import { bytesText, durationText, printJson, printLine, printTable } from './print.ts'

interface Port {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly connections: number
  readonly accepted: number
  readonly refused: number
  readonly bytesIn: number
  readonly bytesOut: number
}

/** Milliseconds; null beyond all that is measured. */
interface Latency {
  readonly p50: number | null
  readonly p99: number | null
}

interface Messages {
  readonly protocol: string
  readonly accepted: number
  readonly rejected: number
  readonly deferred: number
  readonly aborted: number
  readonly delivered: number
  readonly acceptedMs: Latency
}

interface Status {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly ready: boolean
  readonly uptimeMs: number
  readonly listeners: readonly Port[]
  readonly messages: readonly Messages[]
  readonly refusals: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly commitMs: Latency
  readonly loopMs: Latency
  readonly queue?: {
    readonly rows: number
    readonly held: number
    readonly oldest: number
    readonly delivered: number
    readonly failed: number
    readonly deferred: Readonly<Record<string, number>>
  }
  readonly disk: { readonly usedBytes: number; readonly freeBytes: number }
}

export const status = command({
  name: 'status',
  summary: 'listeners, connections, messages and disk of a running server',
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given) => {
    const now = await (await AdminClient.of(given)).ask<Status>('GET', '/status')
    if (given.json) printJson(now)
    else show(now)
    return 0
  },
})

function show(now: Status): void {
  const { name, version, folder, ready, uptimeMs, listeners, messages, disk } = now
  const state = ready ? 'up' : 'not ready, up'
  printLine(`${name}  Amplop ${version}  ${state} ${durationText(uptimeMs)}`)
  const { usedBytes, freeBytes } = disk
  printLine(`${folder}  ${bytesText(usedBytes)} used, ${bytesText(freeBytes)} free`)
  const { commitMs, loopMs } = now
  printLine(`commits ${latencyText(commitMs)}; event loop late by ${latencyText(loopMs)}`)
  if (now.queue) printLine(queueText(now.queue))
  printLine()
  printTable(
    ['LISTENER', 'AT', 'OPEN', 'CAME', 'REFUSED', 'IN', 'OUT'],
    listeners.map((port) => [port.name, placeOf(port), ...countersOf(port)]),
  )
  if (messages.length > 0) showMessages(messages)
  showRefusals(now.refusals)
}

/** "queue: 3 (1 held), the oldest since 5 min; delivered 12, failed 1, deferred 4" */
function queueText(queue: NonNullable<Status['queue']>): string {
  const { rows, held, oldest, delivered, failed, deferred } = queue
  const since = oldest === 0 ? '' : `, the oldest since ${durationText(Date.now() - oldest)}`
  const again = Object.values(deferred).reduce((sum, count) => sum + count, 0)
  const done = `delivered ${delivered}, failed ${failed}, deferred ${again}`
  return `queue: ${rows}${held > 0 ? ` (${held} held)` : ''}${since}; ${done}`
}

function showMessages(messages: readonly Messages[]): void {
  printLine()
  printTable(
    ['MESSAGES BY', 'ACCEPTED', 'REJECTED', 'DEFERRED', 'ABORTED', 'DELIVERED', 'TOOK'],
    messages.map(({ protocol, acceptedMs, ...counts }) => [
      protocol,
      ...[counts.accepted, counts.rejected, counts.deferred].map(String),
      ...[counts.aborted, counts.delivered].map(String),
      latencyText(acceptedMs),
    ]),
  )
}

function showRefusals(refusals: Status['refusals']): void {
  const rows = Object.entries(refusals).flatMap(([listener, reasons]) =>
    Object.entries(reasons)
      .sort(([, one], [, other]) => other - one)
      .map(([reason, count]) => [listener, reason, String(count)]),
  )
  if (rows.length === 0) return
  printLine()
  printTable(['REFUSED BY', 'BECAUSE', 'TIMES'], rows)
}

/** "half within 1 ms, 99 % within 5 ms" */
function latencyText({ p50, p99 }: Latency): string {
  if (p50 === 0) return '-'
  return `half within ${p50} ms, 99 % within ${p99 ?? 'more than 300000'} ms`
}

function placeOf({ address, port }: Port): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function countersOf({ connections, accepted, refused, bytesIn, bytesOut }: Port): string[] {
  return [
    ...[connections, accepted, refused].map(String),
    ...[bytesIn, bytesOut].map((bytes) => bytesText(bytes)),
  ]
}
