// The server's numbers as Prometheus text, read anew from their owners at each question.
import { readdirSync } from 'node:fs'
import { Counter, Gauge, Registry } from 'prom-client'
import type { Tally } from '../../base/tally.ts'
import { type Series, seriesText } from './histogram-text.ts'
import type { OpenPort, PortCounters, QueueState, ServerPorts } from './ports.ts'
import { queueMetrics } from './queue-metrics.ts'

const portCounters: readonly (readonly [string, string, keyof PortCounters])[] = [
  ['amplop_connections_total', 'Connections that came.', 'accepted'],
  [
    'amplop_connections_refused_total',
    'Connections beyond a limit, datagrams not answered.',
    'refused',
  ],
  ['amplop_received_bytes_total', 'Bytes from clients.', 'bytesIn'],
  ['amplop_sent_bytes_total', 'Bytes to clients.', 'bytesOut'],
]

export type Numbers = Pick<
  ServerPorts,
  'listeners' | 'messages' | 'commitMs' | 'loopMs' | 'ready' | 'since'
> & { readonly queue?: QueueState | undefined }

export interface Metrics {
  readonly contentType: string
  /** All of it, as it is now. */
  text(): Promise<string>
}

const results = ['accepted', 'rejected', 'deferred', 'aborted'] as const

export function metricsOf(ports: Numbers): Metrics {
  const registry = new Registry()
  counters(ports, registry)
  return {
    contentType: registry.contentType,
    text: async () => (await registry.metrics()) + histograms(ports).map(seriesText).join(''),
  }
}

function counters(ports: Numbers, registry: Registry): void {
  const registers = [registry]
  for (const [name, help, counter] of portCounters)
    new Counter({
      name,
      help,
      registers,
      labelNames: ['listener'],
      collect() {
        this.reset()
        for (const [listener, sum] of sums(ports.listeners, counter)) this.inc({ listener }, sum)
      },
    })
  new Gauge({
    name: 'amplop_connections',
    help: 'Connections that are open.',
    registers,
    labelNames: ['listener'],
    collect() {
      for (const [listener, sum] of sums(ports.listeners, 'connections'))
        this.set({ listener }, sum)
    },
  })
  new Counter({
    name: 'amplop_messages_total',
    help: 'Messages by the protocol they came by.',
    registers,
    labelNames: ['protocol', 'result'],
    collect() {
      this.reset()
      for (const counts of ports.messages()) {
        const { protocol } = counts
        for (const result of results) this.inc({ protocol, result }, counts[result])
      }
    },
  })
  new Counter({
    name: 'amplop_messages_delivered_total',
    help: 'Copies of messages that were put where their recipients find them.',
    registers,
    labelNames: ['protocol'],
    collect() {
      this.reset()
      for (const { protocol, delivered } of ports.messages()) this.inc({ protocol }, delivered)
    },
  })
  refusals(ports, registry)
  if (ports.queue) queueMetrics(ports.queue, registry)
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time, all threads.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  for (const [name, help, read] of gauges(ports))
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
}

function refusals(ports: Numbers, registry: Registry): void {
  const registers = [registry]
  new Counter({
    name: 'amplop_refusals_total',
    help: 'Commands and requests that were refused.',
    registers,
    labelNames: ['listener', 'reason'],
    collect() {
      this.reset()
      for (const [listener, { refusals }] of tallies(ports))
        for (const [reason, count] of refusals) this.inc({ listener, reason }, count)
    },
  })
  new Counter({
    name: 'amplop_messages_refused_total',
    help: 'Messages that were rejected or deferred, by the reply.',
    registers,
    labelNames: ['protocol', 'reply'],
    collect() {
      this.reset()
      for (const { protocol, refusals } of ports.messages())
        for (const [reply, count] of refusals.refusals) this.inc({ protocol, reply }, count)
    },
  })
}

function histograms(ports: Numbers): readonly Series[] {
  const commands = [...tallies(ports)].map(([listener, { commandMs }]) => ({
    labels: { listener },
    counts: commandMs.read(),
  }))
  const messages = ports.messages().map(({ protocol, acceptedMs }) => ({
    labels: { protocol },
    counts: acceptedMs.read(),
  }))
  const one = { labels: {} }
  return [
    {
      name: 'amplop_command_seconds',
      help: 'From a whole command or request to its answer.',
      rows: commands,
    },
    {
      name: 'amplop_message_seconds',
      help: 'From the beginning of a message to its acceptance.',
      rows: messages,
    },
    {
      name: 'amplop_store_commit_seconds',
      help: 'From asking for a write until it is on disk.',
      rows: [{ ...one, counts: ports.commitMs.read() }],
    },
    {
      name: 'amplop_event_loop_delay_seconds',
      help: 'How late the event loop comes to what is due, ten looks a second.',
      rows: [{ ...one, counts: ports.loopMs.read() }],
    },
  ]
}

/** One a name: the ports of a service share it, but each HTTP server has its own. */
function tallies({ listeners }: Numbers): Map<string, Tally> {
  return new Map(listeners.map(({ name, tally }) => [name, tally]))
}

/** One number a name: a service listens on several addresses. */
function sums(ports: readonly OpenPort[], counter: keyof PortCounters): Map<string, number> {
  const found = new Map<string, number>()
  for (const { name, counters } of ports)
    found.set(name, (found.get(name) ?? 0) + counters[counter])
  return found
}

/** The process under the names that Prometheus clients share. */
function gauges(ports: Numbers): readonly (readonly [string, string, () => number])[] {
  return [
    ['amplop_ready', '1 while every listener accepts.', () => (ports.ready() ? 1 : 0)],
    ['process_start_time_seconds', 'Start, since 1970.', () => ports.since / 1000],
    ['process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss()],
    ['process_open_fds', 'Open descriptors.', openDescriptors],
    [
      'nodejs_eventloop_utilization',
      'Share of the time since the start in which the main thread was at work.',
      () => performance.eventLoopUtilization().utilization,
    ],
  ]
}

/** NaN where the system does not tell. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return Number.NaN
  }
}
