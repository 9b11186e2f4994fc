// The server's numbers as Prometheus text, read anew from their owners at each question.
import { readdirSync } from 'node:fs'
import { Counter, Gauge, Registry } from 'prom-client'
import type { OpenPort, PortCounters, ServerPorts } from './ports.ts'

const portCounters: readonly (readonly [string, string, keyof PortCounters])[] = [
  ['amplop_connections_total', 'Connections that came.', 'accepted'],
  ['amplop_connections_refused_total', 'Connections beyond a limit.', 'refused'],
  ['amplop_received_bytes_total', 'Bytes from clients.', 'bytesIn'],
  ['amplop_sent_bytes_total', 'Bytes to clients.', 'bytesOut'],
]

type Numbers = Pick<ServerPorts, 'listeners' | 'messages' | 'ready' | 'since'>

export function metricsOf(ports: Numbers): Registry {
  const registry = new Registry()
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
      for (const { protocol, accepted, refused } of ports.messages()) {
        this.inc({ protocol, result: 'accepted' }, accepted)
        this.inc({ protocol, result: 'refused' }, refused)
      }
    },
  })
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
  return registry
}

/** One number a name: a service listens on several addresses. */
function sums(ports: readonly OpenPort[], counter: keyof PortCounters): Map<string, number> {
  const found = new Map<string, number>()
  for (const { name, counters } of ports)
    if (counters) found.set(name, (found.get(name) ?? 0) + counters[counter])
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
