// Servers measured side by side: each row for all of them in turn, in every round, so that what
// disturbs one disturbs the others; medians of all rounds, and their ratios.
import { setTimeout as pause } from 'node:timers/promises'

export interface Measured {
  readonly name: string
  /** Microseconds of CPU so far. */
  cpuUs(): number
  stop(): Promise<void>
}

export interface Row<S extends Measured> {
  readonly name: string
  /** What the figure is of; of milliseconds less is better. */
  readonly unit: '/s' | 'ms' | 'MB/s' | 'kB'
  measure(server: S): Promise<number>
  /** Where only the first time counts. */
  readonly once?: boolean
}

/** Prints the row's medians, and the CPU of a round. */
export async function compare<S extends Measured>(
  { name, unit, measure, once = false }: Row<S>,
  servers: readonly S[],
  rounds: number,
): Promise<void> {
  const figures = servers.map((): number[] => [])
  const costs = servers.map((): number[] => [])
  for (let round = 0; round < (once ? 1 : rounds); round++)
    for (const [at, server] of servers.entries()) {
      const before = await settled(server)
      figures[at]?.push(await measure(server))
      costs[at]?.push(((await settled(server)) - before) / 1000)
    }
  const less = unit === 'ms' || unit === 'kB'
  const told = medians(servers, figures, unit, less)
  console.log(`${name}: ${told}; CPU of a round: ${medians(servers, costs, 'ms', true)}`)
}

/** The CPU used once nothing more is being used: messages are indexed, processes have ended. */
async function settled(server: Measured): Promise<number> {
  for (let last = server.cpuUs(); ; ) {
    await pause(200)
    const now = server.cpuUs()
    if (now - last < 20_000) return now
    last = now
  }
}

/** Ratios above 1 are in favour of the first server. */
function medians(
  servers: readonly Measured[],
  of: readonly number[][],
  unit: string,
  less: boolean,
): string {
  const all = of.map((each) => each.sort((a, b) => a - b)[each.length >> 1] ?? 0)
  const told = servers.map(({ name }, at) => `${name} ${figure(all[at] ?? 0)} ${unit}`)
  const [ours = 0, theirs] = all
  if (!theirs || !ours) return told.join(', ')
  return `${told.join(', ')}, ${(less ? theirs / ours : ours / theirs).toFixed(2)} x`
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2)
}
