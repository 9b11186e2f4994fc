// `npm run bench NAME [-- --rounds N] [--quick] [--count N]`: one of the benches.
import { parseArgs } from 'node:util'
import { benchConnections } from './connections.ts'
import { benchMailbox } from './mailbox.ts'
import { benchSmtp } from './smtp.ts'
import { benchStore } from './store.ts'

interface Given {
  readonly rounds: number
  readonly quick: boolean
  readonly count: number
}

const benches: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  smtp: benchSmtp,
  store: ({ rounds }) => benchStore(rounds),
  connections: ({ count }) => benchConnections(count),
  mailbox: ({ quick }) => benchMailbox(quick ? 40_000 : 200_000),
}

function usage(why: string): void {
  const names = Object.keys(benches).join(', ')
  console.error(`${why}\nusage: npm run bench NAME [-- --rounds N] [--quick] [--count N]`)
  console.error(`NAME is one of: ${names}`)
  process.exitCode = 2
}

/** undefined when it was not said well. */
function given(): ({ name: string } & Given) | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: {
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        count: { type: 'string', default: '10000' },
      },
      allowPositionals: true,
    })
    const { quick } = values
    const [rounds, count] = [Number(values.rounds ?? (quick ? 3 : 5)), Number(values.count)]
    if (!(rounds >= 1 && count >= 1)) throw new TypeError('a number is from 1')
    return { name: positionals[0] ?? '', rounds, quick, count }
  } catch (error) {
    usage(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

process.once('SIGINT', () => process.exit(130))
const asked = given()
const bench = asked && benches[asked.name]
if (bench) await bench(asked)
else if (asked) usage(asked.name === '' ? 'which bench?' : `there is no bench "${asked.name}"`)
