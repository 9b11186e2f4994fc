// Amplop with the fixture's mailbox for tito, for the bench of the webmail. Prints its ports.
// A process of its own: webmail-server.ts FOLDER COUNT
import { join } from 'node:path'
import { defaults } from '../src/app/config/schema.ts'
import { openLog } from '../src/app/log.ts'
import { start } from '../src/app/start.ts'
import { fixtureCount, fixtureMail } from '../test/support/fixture-mail.ts'

const [, , folder = '.', count = `${fixtureCount}`] = process.argv
const batch = 200
const sizeMaxBytes = 4_000_000
const place = { host: '127.0.0.1', port: 0 }
const none = { listen: [], tls_listen: [] }
const base = defaults()
const { log, flush } = openLog('info', join(folder, 'log'))
const started = await start({
  settings: {
    ...base,
    server: { ...base.server, name: 'mail.example.com', domains: ['example.com'], data: folder },
    ...{ smtp: { ...base.smtp, listen: [place] }, submission: none },
    ...{ pop3: { ...base.pop3, ...none }, imap: { ...base.imap, ...none } },
    trust: { ...base.trust, enabled: false },
    http: { ...base.http, listen: [place], tls_listen: [] },
    log: { level: 'info', file: join(folder, 'log') },
  },
  ...{ log, foreign: 'refuse' as const },
})
const { rooms } = started
if (!rooms) throw new Error('a server with rooms')
const { id: account } = await rooms.accounts.addAccount('tito@example.com', 'amplop')
const { messages } = rooms
for (let from = fixtureCount - Number(count); from < fixtureCount; from += batch) {
  const entries = []
  for (let n = from; n < Math.min(fixtureCount, from + batch); n++) {
    const { text, receivedAt } = fixtureMail(n)
    const writer = messages.letter(sizeMaxBytes)
    await writer.write(Buffer.from(text))
    entries.push({ letter: await writer.seal(), receivedAt })
  }
  await messages.append({ account, mailbox: 'inbox' }, entries)
}
const port = (wanted: string) => started.listeners.find(({ name }) => name === wanted)?.port
console.log(JSON.stringify({ http: port('http'), smtp: port('smtp') }))
process.once('SIGTERM', async () => {
  await started.close(1000)
  flush()
})
