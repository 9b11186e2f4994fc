// The numbers of the ports that take mail, for the protocols of old management clients.
import type { Statistics } from '../base/statistics.ts'
import type { MessageCount, OpenPort, PortCounters } from '../protocols/admin/ports.ts'

const names: ReadonlySet<string> = new Set(['smtp', 'submission', 'submissions'])

export function statisticsOf(
  listeners: readonly OpenPort[],
  messages: () => readonly MessageCount[],
): Statistics {
  const sum = (counter: Exclude<keyof PortCounters, 'refused'>) =>
    listeners
      .filter(({ name }) => names.has(name))
      .reduce((all, { counters }) => all + counters[counter], 0)
  return {
    total: () => sum('accepted'),
    current: () => sum('connections'),
    bytes: () => sum('bytesIn') + sum('bytesOut'),
    mails: () =>
      messages()
        .filter(({ protocol }) => names.has(protocol))
        .reduce((all, { accepted }) => all + accepted, 0),
  }
}
