// A Postfix of a test's own that takes mail on one port of loopback and relays it to another server, in
// TLS, all but what is for far.example: that it keeps in a Maildir. Needs root, for its processes run as users of their own.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Cleanup, freePorts, newFolder } from './places.ts'

export interface PostfixRelay {
  readonly port: number
  /** What it has written of itself. */
  log(): string
  /** What is in the Maildir of far.example. */
  kept(): string[]
}

interface RelayOptions {
  /** Where mail goes. */
  readonly to: number
  /** A port where a milter listens. */
  readonly milter?: number
}

const nobody = 65_534

/** @throws Error when Postfix does not start. */
export async function startPostfixRelay(
  test: Cleanup,
  command: string,
  { to, milter }: RelayOptions,
): Promise<PostfixRelay> {
  const folder = newFolder(test)
  const [config, queue, data, mail] = ['config', 'queue', 'data', 'mail'].map((name) => {
    const path = join(folder, name)
    mkdirSync(path)
    return path
  }) as [string, string, string, string]
  chmodSync(folder, 0o755)
  chownSync(mail, nobody, nobody)
  chownSync(data, Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' })), 0)
  const [port = 0] = await freePorts(1)
  writeFileSync(join(config, 'main.cf'), mainCf({ folder, queue, data, mail, to, milter }))
  writeFileSync(join(config, 'master.cf'), masterCf(port))
  execFileSync(command, ['-c', config, 'start'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const pid = Number(readFileSync(join(queue, 'pid', 'master.pid'), 'utf8'))
  test.after(async () => {
    process.kill(pid, 'SIGTERM')
    while (existsSync(`/proc/${pid}`)) await new Promise(setImmediate)
  })
  const inbox = join(mail, 'friend', 'new')
  return {
    port,
    log: () => readFileSync(join(folder, 'maillog'), 'utf8'),
    kept: () =>
      (existsSync(inbox) ? readdirSync(inbox) : []).map(
        (name) => `${readFileSync(join(inbox, name))}`,
      ),
  }
}

interface Places {
  readonly folder: string
  readonly queue: string
  readonly data: string
  readonly mail: string
  readonly to: number
  readonly milter: number | undefined
}

function mainCf({ folder, queue, data, mail, to, milter }: Places): string {
  return `
compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
myhostname = relay.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
relayhost = [127.0.0.1]:${to}
smtp_tls_security_level = encrypt
smtpd_peername_lookup = no
virtual_mailbox_domains = far.example
virtual_mailbox_base = ${mail}
virtual_mailbox_maps = static:friend/
virtual_uid_maps = static:${nobody}
virtual_gid_maps = static:${nobody}
smtpd_milters = ${milter === undefined ? '' : `inet:127.0.0.1:${milter}`}
milter_default_action = tempfail
`
}

function masterCf(port: number): string {
  return `
127.0.0.1:${port} inet n - n - - smtpd
cleanup   unix  n  -  n  -     0  cleanup
qmgr      unix  n  -  n  300   1  qmgr
tlsmgr    unix  -  -  n  1000? 1  tlsmgr
rewrite   unix  -  -  n  -     -  trivial-rewrite
bounce    unix  -  -  n  -     0  bounce
defer     unix  -  -  n  -     0  bounce
trace     unix  -  -  n  -     0  bounce
verify    unix  -  -  n  -     1  verify
proxymap  unix  -  -  n  -     -  proxymap
smtp      unix  -  -  n  -     -  smtp
virtual   unix  -  n  n  -     -  virtual
relay     unix  -  -  n  -     -  smtp
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
anvil     unix  -  -  n  -     1  anvil
scache    unix  -  -  n  -     1  scache
postlog   unix-dgram n - n  -  1  postlogd
`
}
