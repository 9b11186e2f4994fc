// What a try-out says of itself when it is ready: where it is, who lives there, how to send.
import { commandName } from '../app/program.ts'
import type { Started } from '../app/start.ts'
import { addressOf, type TryUser, tryPassword } from '../app/try.ts'
import { practiceDomains } from '../app/try-internet/personas.ts'
import { styled } from './moving.ts'

export function bannerOf({ settings, folder, listeners }: Started, users: readonly TryUser[]) {
  const { domains } = settings.server
  const port = (service: string) => listeners.find(({ name }) => name === service)?.port ?? 0
  const addresses = users.map(({ name }) => addressOf(name, domains))
  const to = addresses.at(-1) ?? ''
  const from = addresses.length > 1 ? (addresses[0] ?? '') : `friend@${domains[0]}`
  const web = port('http')
  const ways = waysIn({ from, to, smtp: port('smtp'), gateway: port('gateway') })
  const logins = users.map((user, at) => `${addresses[at]}, password ${user.password}`)
  return [
    'Amplop is ready. It listens on loopback only: nobody else reaches it, nothing leaves this machine.',
    '',
    `  web page    ${styled('bold', `http://localhost${web === 80 ? '' : `:${web}`}/`)}`,
    ...logins.map((login, at) => `${at === 0 ? '  logins      ' : '              '}${login}`),
    `  admin page  /admin/ as ${addressOf('postmaster', domains)}, password ${tryPassword}`,
    '',
    `  ports       SMTP ${port('smtp')}, submission ${port('submission')} (STARTTLS) and ` +
      `${port('submissions')} (TLS),`,
    `              IMAP ${port('imap')} (STARTTLS) and ${port('imaps')} (TLS), ` +
      `POP3 ${port('pop3')} (STLS) and ${port('pop3s')} (TLS),`,
    `              ManageSieve ${port('sieve')}, gateway ${port('gateway')} (TCP, UDP), web ${web}`,
    '',
    `  practice    write to friend@ ${practiceDomains.slice(0, 4).join(', ')},`,
    `              ${practiceDomains.slice(4).join(', ')}`,
    '',
    'Send a message, from another terminal:',
    '',
    ...ways.map((way) => `  ${way}`),
    '',
    `  kept in     ${folder}`,
    `  look inside ${commandName()} status --data ${quoted(folder)}`,
    '  stop        Ctrl-C',
    '',
  ].join('\n')
}

interface Way {
  readonly from: string
  readonly to: string
  readonly smtp: number
  readonly gateway: number
}

function waysIn({ from, to, smtp, gateway }: Way): string[] {
  const object = { sender: from, recipient: to, subject: 'Halo', body: 'Halo from nc' }
  // The object's own end ends it: no newline, and the server closes after its answer.
  const nc = `printf '%s' ${quoted(JSON.stringify(object))} | nc 127.0.0.1 ${gateway}`
  const curl =
    `printf 'Subject: Halo\\r\\n\\r\\nHalo from curl\\r\\n' | curl -sS smtp://127.0.0.1:${smtp}` +
    ` --mail-from ${quoted(from)} --mail-rcpt ${quoted(to)} -T -`
  const send =
    `${commandName()} send ${gateway === 1239 ? '' : `--port ${gateway} `}--from ${quoted(from)}` +
    ` --to ${quoted(to)} --subject Halo --body ${quoted('Halo from Amplop')}`
  return [nc, curl, send]
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
