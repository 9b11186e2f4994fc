// A Postfix of a test's own that takes mail on one port of loopback and relays all of it to another
// server, in TLS. Needs root, for its processes run as users of their own.
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cleanup, freePorts, newFolder } from './places.ts'

export interface PostfixRelay {
  readonly port: number
  /** What it has written of itself. */
  log(): string
}

/** @param to where all mail goes. @throws Error when Postfix does not start. */
export async function startPostfixRelay(
  test: Cleanup,
  command: string,
  to: number,
): Promise<PostfixRelay> {
  const folder = newFolder(test)
  const [config, queue, data] = ['config', 'queue', 'data'].map((name) => {
    const path = join(folder, name)
    mkdirSync(path)
    return path
  }) as [string, string, string]
  chmodSync(folder, 0o755)
  chownSync(data, Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' })), 0)
  const [port = 0] = await freePorts(1)
  writeFileSync(join(config, 'main.cf'), mainCf({ folder, queue, data, to }))
  writeFileSync(join(config, 'master.cf'), masterCf(port))
  execFileSync(command, ['-c', config, 'start'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const pid = Number(readFileSync(join(queue, 'pid', 'master.pid'), 'utf8'))
  test.after(async () => {
    process.kill(pid, 'SIGTERM')
    while (existsSync(`/proc/${pid}`)) await new Promise(setImmediate)
  })
  return { port, log: () => readFileSync(join(folder, 'maillog'), 'utf8') }
}

interface Places {
  readonly folder: string
  readonly queue: string
  readonly data: string
  readonly to: number
}

function mainCf({ folder, queue, data, to }: Places): string {
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
relay     unix  -  -  n  -     -  smtp
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
anvil     unix  -  -  n  -     1  anvil
scache    unix  -  -  n  -     1  scache
postlog   unix-dgram n - n  -  1  postlogd
`
}
