// Amplop as `serve` runs it, for the bench of POP3: one account whose INBOX is filled from a
// Maildir. Prints its port. Run as a process of its own: pop3-server.ts FOLDER MAILDIR
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaults, type Settings } from '../src/app/config/schema.ts'
import { openLog } from '../src/app/log.ts'
import { start } from '../src/app/start.ts'

const [, , folder = '.', maildir = '.'] = process.argv
const base = defaults()
const settings: Settings = {
  ...base,
  server: { ...base.server, name: 'mail.bench.example', domains: ['bench.example'], data: folder },
  smtp: { ...base.smtp, listen: [] },
  submission: { listen: [], tls_listen: [] },
  pop3: { ...base.pop3, listen: [{ host: '127.0.0.1', port: 0 }], tls_listen: [] },
  imap: { ...base.imap, listen: [], tls_listen: [] },
  http: { ...base.http, listen: [], tls_listen: [] },
  log: { level: 'info', file: join(folder, 'log') },
}
const { log, flush } = openLog(settings.log.level, settings.log.file)
const started = await start({ settings, log, foreign: 'refuse' })
const { accounts, messages } = started.rooms ?? process.exit(1)
const { id } = await accounts.addAccount('load@bench.example', 'amplop')
const names = readdirSync(join(maildir, 'cur')).sort()
for (let from = 0; from < names.length; from += 100) {
  const entries = []
  for (const name of names.slice(from, from + 100)) {
    const letter = messages.letter(2 ** 20)
    await letter.write(readFileSync(join(maildir, 'cur', name)))
    entries.push({ letter: await letter.seal() })
  }
  await messages.append({ account: id, mailbox: 'inbox' }, entries)
}
console.log(started.listeners[0]?.port)
process.once('SIGTERM', async () => {
  await started.close(1000)
  flush()
})
