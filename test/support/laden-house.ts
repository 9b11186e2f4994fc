// A whole server in a process of its own that also works in a mailbox all the time, as clients of it
// do: appends, sets flags, expunges. Says its ports, and each verb before it and after.
import fs from 'node:fs'
import { defaults, type Settings } from '../../src/app/config/schema.ts'
import type { Rooms } from '../../src/app/rooms.ts'
import { start } from '../../src/app/start.ts'
import { addUsers, tryOut } from '../../src/app/try.ts'
import type { Log } from '../../src/base/log.ts'
import { verbMailbox, verbText } from './verb-ledger.ts'

const [data = '', mark = '', lanes = '2', freeMin = '0'] = process.argv.slice(2)
const place = { host: '127.0.0.1', port: 0 }
const base = tryOut({ data, portOffset: undefined, domains: ['example.com'] }).settings
const settings: Settings = {
  ...base,
  store: { ...defaults().store, free_min_bytes: Number(freeMin), sweep_interval_ms: 200 },
  smtp: { ...base.smtp, listen: [place] },
  submission: { listen: [], tls_listen: [] },
  pop3: { ...base.pop3, listen: [], tls_listen: [] },
  imap: { ...base.imap, listen: [], tls_listen: [] },
  managesieve: { ...base.managesieve, listen: [] },
  gateway: { ...base.gateway, tcp: [place], udp: [] },
  http: { ...base.http, listen: [place] },
  board: { ...base.board, everything: false },
}

// At once: what waited in this process would be lost with it, and others heard too little.
const say = (line: string) => fs.writeSync(1, `${line}\n`)

function tell(level: string) {
  return (event: string, fields?: object) => {
    process.stderr.write(`${level} ${event} ${JSON.stringify(fields, plain)}\n`)
  }
}

function plain(_: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value
}

const log: Log = {
  debug: () => {},
  info: () => {},
  warn: tell('warn'),
  error: tell('error'),
  with: () => log,
}

const started = await start({ settings, log, foreign: 'sink' })
await addUsers(started, [
  { name: 'tito', password: 'amplop' },
  { name: 'iqbal', password: 'amplop' },
])
const port = (service: string) => started.listeners.find(({ name }) => name === service)?.port
const { rooms } = started
if (!rooms) throw new Error('a server with rooms')
const account = (await rooms.accounts.show('tito@example.com')).id
const known = (await rooms.mailboxes.list(account)).find(({ name }) => name === verbMailbox)
const mailbox = known?.id ?? (await rooms.mailboxes.create(account, verbMailbox))
say(JSON.stringify({ smtp: port('smtp'), gateway: port('gateway'), http: port('http') }))
for (let lane = 0; lane < Number(lanes); lane++) void work(rooms, lane)
process.once('SIGTERM', () => void started.close(2_000).then(() => process.exit(0)))

type Range = readonly [number, number]

async function work({ messages }: Rooms, lane: number): Promise<void> {
  const place = { account, mailbox }
  const kept: [id: string, uids: readonly Range[]][] = []
  const expunge = async (id: string, uids: readonly Range[]) => {
    say(`expunge? ${id}`)
    await messages.expunge(place, uids, false)
    say(`expunge! ${id}`)
  }
  for (let n = 0; ; n++) {
    const id = `${mark}-v${lane}-${n}`
    try {
      const letter = messages.letter(1_000_000)
      await letter.write(Buffer.from(verbText(id)))
      say(`append? ${id}`)
      const [added] = await messages.append(place, [{ letter: await letter.seal() }])
      say(`append! ${id}`)
      if (!added) throw new Error('appended nothing')
      const uids = [[added.uid, added.uid]] as const
      if (n % 2 === 0) {
        say(`flag? ${id}`)
        await messages.setFlags({ ...place, uids, mode: 'add', flags: ['\\Flagged'] })
        say(`flag! ${id}`)
      }
      if (n % 3 === 0) await expunge(id, uids)
      else kept.push([id, uids])
    } catch (error) {
      process.stderr.write(`failed verb ${id}: ${error}\n`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      // What does not fit makes room.
      const [old] = kept.splice(0, 1)
      if (old) await expunge(...old).catch((failure) => process.stderr.write(`failed ${failure}\n`))
    }
  }
}
