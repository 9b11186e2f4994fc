// `amplop status`: what a running server does just now.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command } from './command.ts'
import { bytesText, durationText, printJson, printLine, printTable } from './print.ts'

interface Port {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly connections?: number
  readonly accepted?: number
  readonly refused?: number
  readonly bytesIn?: number
  readonly bytesOut?: number
}

interface Status {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly ready: boolean
  readonly uptimeMs: number
  readonly listeners: readonly Port[]
  readonly messages: readonly { protocol: string; accepted: number; refused: number }[]
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

function show({ name, version, folder, ready, uptimeMs, listeners, messages, disk }: Status) {
  const state = ready ? 'up' : 'not ready, up'
  printLine(`${name}  Amplop ${version}  ${state} ${durationText(uptimeMs)}`)
  const { usedBytes, freeBytes } = disk
  printLine(`${folder}  ${bytesText(usedBytes)} used, ${bytesText(freeBytes)} free`)
  printLine()
  printTable(
    ['LISTENER', 'AT', 'OPEN', 'CAME', 'REFUSED', 'IN', 'OUT'],
    listeners.map((port) => [port.name, placeOf(port), ...countersOf(port)]),
  )
  if (messages.length === 0) return
  printLine()
  printTable(
    ['MESSAGES BY', 'ACCEPTED', 'REFUSED'],
    messages.map(({ protocol, accepted, refused }) => [
      protocol,
      String(accepted),
      String(refused),
    ]),
  )
}

function placeOf({ address, port }: Port): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function countersOf({ connections, accepted, refused, bytesIn, bytesOut }: Port): string[] {
  if (connections === undefined) return []
  return [
    ...[connections, accepted, refused].map(String),
    ...[bytesIn, bytesOut].map((bytes) => bytesText(bytes ?? 0)),
  ]
}
