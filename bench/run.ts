// `npm run bench NAME [-- --rounds N] [--quick] [--count N]`: one of the benches.
import { parseArgs } from 'node:util'
import { benchConnections } from './connections.ts'
import { benchImap } from './imap.ts'
import { benchJmap } from './jmap.ts'
import { benchMailbox } from './mailbox.ts'
import { benchPop3 } from './pop3.ts'
import { benchQueue } from './queue.ts'
import { benchRelay } from './relay.ts'
import { benchSmtp } from './smtp.ts'
import { benchStore } from './store.ts'

interface Given {
  readonly rounds: number
  readonly quick: boolean
  /** Of sessions or messages; each bench has its own default. */
  readonly count: number | undefined
}

const benches: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  smtp: benchSmtp,
  imap: benchImap,
  pop3: benchPop3,
  jmap: ({ quick, count }) => benchJmap(count ?? (quick ? 10_000 : 100_000)),
  queue: ({ quick, count }) => benchQueue(count ?? (quick ? 100_000 : 1_000_000)),
  relay: ({ rounds, count, quick }) => benchRelay(rounds, count ?? (quick ? 2_000 : 5_000)),
  store: ({ rounds }) => benchStore(rounds),
  connections: ({ count }) => benchConnections(count ?? 10_000),
  mailbox: ({ quick, count }) => benchMailbox(count ?? (quick ? 40_000 : 200_000)),
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
        count: { type: 'string' },
      },
      allowPositionals: true,
    })
    const { quick } = values
    const rounds = Number(values.rounds ?? (quick ? 3 : 5))
    const count = values.count === undefined ? undefined : Number(values.count)
    if (!(rounds >= 1 && (count ?? 1) >= 1)) throw new TypeError('a number is from 1')
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
