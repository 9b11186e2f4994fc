// Amplop as `serve` runs it, for the bench of IMAP: two accounts, mail on IMAP alone, its log in a
// file. Prints its port. Run as a process of its own: imap-server.ts FOLDER
import { join } from 'node:path'
import { defaults, type Settings } from '../src/app/config/schema.ts'
import { openLog } from '../src/app/log.ts'
import { start } from '../src/app/start.ts'

const [, , folder = '.'] = process.argv
const base = defaults()
const settings: Settings = {
  ...base,
  server: { ...base.server, name: 'mail.bench.example', domains: ['bench.example'], data: folder },
  smtp: { ...base.smtp, listen: [] },
  submission: { listen: [], tls_listen: [] },
  pop3: { ...base.pop3, listen: [], tls_listen: [] },
  imap: {
    ...base.imap,
    listen: [{ host: '127.0.0.1', port: 0 }],
    tls_listen: [],
    connections_max: 100_000,
    connections_per_client_max: 100_000,
  },
  http: { ...base.http, listen: [], tls_listen: [] },
  log: { level: 'info', file: join(folder, 'log') },
}
const { log, flush } = openLog(settings.log.level, settings.log.file)
const started = await start({ settings, log, foreign: 'refuse' })
await started.rooms?.accounts.addAccount('load@bench.example', 'amplop')
await started.rooms?.accounts.addAccount('idle@bench.example', 'amplop')
console.log(started.listeners[0]?.port)
process.once('SIGTERM', async () => {
  await started.close(1000)
  flush()
})
