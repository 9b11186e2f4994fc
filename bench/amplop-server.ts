// Amplop as `serve` runs it, for the benches: one domain with one account, mail on SMTP alone, its
// log in a file. Prints its port. Run as a process of its own: amplop-server.ts FOLDER [ADDRESS]
// [RELAY [signed]], RELAY being the port of a hop on loopback that gets all other domains' mail.
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defaults, type Settings } from '../src/app/config/schema.ts'
import { openLog } from '../src/app/log.ts'
import { start } from '../src/app/start.ts'

const [, , folder = '.', address = 'load@bench.example', relay = '', signed = ''] = process.argv
const base = defaults()
const settings: Settings = {
  ...base,
  server: { ...base.server, name: 'mail.bench.example', domains: ['bench.example'], data: folder },
  smtp: { ...base.smtp, listen: [{ host: '127.0.0.1', port: 0 }], connections_max: 100_000 },
  submission: { listen: [], tls_listen: [] },
  pop3: { ...base.pop3, listen: [], tls_listen: [] },
  imap: { ...base.imap, listen: [{ host: '127.0.0.1', port: 0 }], tls_listen: [] },
  http: { ...base.http, listen: [], tls_listen: [] },
  log: { level: 'info', file: join(folder, 'log') },
  outgoing: { ...base.outgoing, enabled: false },
  queue: {
    ...base.queue,
    routes: relay === '' ? [] : [`via=127.0.0.1:${relay} tls=none`],
  },
}
const { log, flush } = openLog(settings.log.level, settings.log.file)
const started = await start({ settings, log, foreign: relay === '' ? 'refuse' : 'queue' })
await started.rooms?.accounts.addAccount(address, 'amplop')
if (signed !== '') {
  await started.rooms?.keys.rotate('bench.example')
  await started.rooms?.keys.use('bench.example', true)
}
process.on('SIGUSR1', () => void started.rooms?.queueBook.order('retry', {}))
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
process.on('SIGUSR2', () => {
  collect()
  collect()
})
console.log(started.listeners[0]?.port)
process.once('SIGTERM', async () => {
  await started.close(1000)
  flush()
})
