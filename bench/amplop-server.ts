// Amplop as `serve` runs it, for the benches: one domain with one account, mail on SMTP alone, its
// log in a file. Prints its port. Run as a process of its own: amplop-server.ts FOLDER [ADDRESS]
// [RELAY [signed [KEY]]], RELAY being the port of a hop on loopback that gets all other domains'
// mail. With KEY, the record of a DKIM key, it takes its clients for strangers, and judges their mail
// as it does that of the world: that of client.example, whose DNS it has at hand.
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defaults, type Settings } from '../src/app/config/schema.ts'
import { openLog } from '../src/app/log.ts'
import { start } from '../src/app/start.ts'
import { ZoneDns } from '../src/trust/dns/zone-dns.ts'

const [, , folder = '.', address = 'load@bench.example', ...more] = process.argv
const [relay = '', signed = '', dkimKey = ''] = more
const base = defaults()
const settings: Settings = {
  ...base,
  server: {
    ...base.server,
    ...{ name: 'mail.bench.example', domains: ['bench.example'], data: folder },
    trusted_networks: dkimKey === '' ? base.server.trusted_networks : [],
  },
  smtp: {
    ...base.smtp,
    listen: [{ host: '127.0.0.1', port: 0 }],
    ...{ connections_max: 100_000, connections_per_client_max: 100_000 },
  },
  rates: {
    ...base.rates,
    ...{ network_messages_per_minute: 0, network_recipients_per_minute: 0 },
    ...{ recipient_messages_per_minute: 0, recipient_messages_per_hour: 0 },
  },
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
const zone = `
  client.example TXT "v=spf1 ip4:127.0.0.1 -all"
  _dmarc.client.example TXT "v=DMARC1; p=reject"
  s._domainkey.client.example TXT "${dkimKey}"
  1.0.0.127.in-addr.arpa PTR load.client.example
  load.client.example A 127.0.0.1`
const outside = dkimKey === '' ? {} : { outside: { dns: new ZoneDns(zone) } }
const { log, flush } = openLog(settings.log.level, settings.log.file)
const started = await start({
  ...{ settings, log, foreign: relay === '' ? ('refuse' as const) : ('queue' as const) },
  ...outside,
})
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
