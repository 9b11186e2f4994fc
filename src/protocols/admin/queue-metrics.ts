// The queue's numbers as metrics.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { QueueState } from './ports.ts'

export function queueMetrics({ numbers, tallies }: QueueState, registry: Registry): void {
  const registers = [registry]
  new Gauge({
    name: 'amplop_queue_rows',
    help: 'Rows in the queue: messages, once for each destination. Counted up to 100000.',
    registers,
    labelNames: ['state'],
    async collect() {
      const { rows, held } = await numbers()
      this.set({ state: 'waiting' }, rows - held)
      this.set({ state: 'held' }, held)
    },
  })
  new Gauge({
    name: 'amplop_queue_oldest_seconds',
    help: 'Age of the oldest row in the queue.',
    registers,
    async collect() {
      const { oldest } = await numbers()
      this.set(oldest === 0 ? 0 : Math.max(0, (Date.now() - oldest) / 1000))
    },
  })
  new Counter({
    name: 'amplop_queue_recipients_total',
    help: 'Recipients elsewhere that mail was delivered to, or given up for.',
    registers,
    labelNames: ['result'],
    collect() {
      this.reset()
      this.inc({ result: 'delivered' }, tallies.delivered)
      this.inc({ result: 'failed' }, tallies.failed)
    },
  })
  new Counter({
    name: 'amplop_queue_deferred_total',
    help: 'Recipients for whom an attempt is to be made again, by what was said.',
    registers,
    labelNames: ['reason'],
    collect() {
      this.reset()
      for (const [reason, count] of tallies.deferred) this.inc({ reason }, count)
    },
  })
}
