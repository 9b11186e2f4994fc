// Amplop as `serve` runs it, for the bench of JMAP: sixteen accounts with letters in their INBOX,
// the web and SMTP, its log in a file. Prints its ports. A process of its own: jmap-server.ts FOLDER COUNT
import { join } from 'node:path'
import { defaults, type Settings } from '../src/app/config/schema.ts'
import { openLog } from '../src/app/log.ts'
import { type Started, start } from '../src/app/start.ts'

const address = 'load@bench.example'
const batch = 200
/** One with many letters, the others with 2,000 each. */
const usersMax = 16
const place = { host: '127.0.0.1', port: 0 }

function settingsIn(folder: string): Settings {
  const base = defaults()
  const none = { listen: [], tls_listen: [] }
  return {
    ...base,
    server: {
      ...base.server,
      name: 'mail.bench.example',
      domains: ['bench.example'],
      data: folder,
    },
    smtp: { ...base.smtp, listen: [place] },
    submission: none,
    pop3: { ...base.pop3, ...none },
    imap: { ...base.imap, ...none },
    http: { ...base.http, listen: [place], tls_listen: [] },
    log: { level: 'info', file: join(folder, 'log') },
  }
}

function letter(n: number): Buffer {
  const date = new Date(1_700_000_000_000 + n * 60_000).toUTCString().replace('GMT', '+0000')
  const head = [
    `From: Person ${n % 500} <person${n % 500}@example.net>`,
    `To: ${address}`,
    `Subject: ${n % 1000 === 0 ? 'rare ' : ''}letter ${n} about subject ${n % 997}`,
    `Message-ID: <${n}@example.net>`,
    `Date: ${date}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\nThe text of letter ${n}.\r\n`)
}

async function fill({ rooms }: Started, account: string, count: number): Promise<void> {
  if (!rooms) throw new Error('no rooms')
  const { messages } = rooms
  for (let from = 0; from < count; from += batch) {
    const entries = []
    for (let n = from; n < Math.min(count, from + batch); n++) {
      const writer = messages.letter(100_000)
      await writer.write(letter(n))
      entries.push({ letter: await writer.seal(), receivedAt: 1_700_000_000_000 + n * 60_000 })
    }
    await messages.append({ account, mailbox: 'inbox' }, entries)
  }
}

const [, , folder = '.', count = '100000'] = process.argv
const settings = settingsIn(folder)
const { log, flush } = openLog(settings.log.level, settings.log.file)
const started = await start({ settings, log, foreign: 'refuse' })
const { accounts } = started.rooms!
const users: { readonly address: string; readonly account: string }[] = []
for (let n = 0; n < usersMax; n++) {
  const own = n === 0 ? address : `load${n}@bench.example`
  const { id: account } = await accounts.addAccount(own, 'amplop')
  await fill(started, account, n === 0 ? Number(count) : Math.min(2_000, Number(count)))
  users.push({ address: own, account })
}
const port = (wanted: string) => started.listeners.find(({ name }) => name === wanted)?.port
console.log(JSON.stringify({ users, http: port('http'), smtp: port('smtp') }))
process.once('SIGTERM', async () => {
  await started.close(1000)
  flush()
})
