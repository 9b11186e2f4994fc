// A Postfix of its own for the bench: private configuration, queue and Maildir, one loopback port.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selfSigned } from '../src/wire/self-signed.ts'

export interface Postfix {
  /** Of its master process. */
  readonly pid: number
  readonly port: number
  readonly maildir: string
  stop(): Promise<void>
  /** Tries what is deferred now. */
  flush(): void
  /** Messages that are tried another time. */
  deferred(): number
}

const nobody = 65_534
const command = ['/usr/sbin/postfix', '/usr/local/sbin/postfix'].find((path) => existsSync(path))

/**
 * undefined where Postfix is not installed, or cannot be started because we are not root.
 * `relay` is the port of a hop on loopback that gets all other domains' mail.
 */
export async function startPostfix(relay?: number): Promise<Postfix | undefined> {
  if (!command || process.getuid?.() !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'amplop-postfix-'))
  try {
    return await startIn(folder, command, relay)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function startIn(folder: string, command: string, relay?: number): Promise<Postfix> {
  const [config, queue, data, mail] = ['config', 'queue', 'data', 'mail'].map((name) => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    return path
  }) as [string, string, string, string]
  // Its processes run as users of their own and must find their way.
  chmodSync(folder, 0o755)
  chownSync(mail, nobody, nobody)
  chownSync(data, Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' })), 0)
  const port = await freePort()
  // The same kind of key as our own server's.
  const { key, cert } = selfSigned(['mail.bench.example'])
  writeFileSync(join(folder, 'tls.pem'), key + cert, { mode: 0o600 })
  writeFileSync(join(config, 'main.cf'), mainCf({ queue, data, mail, folder }) + relayCf(relay))
  writeFileSync(join(config, 'master.cf'), masterCf(port))
  execFileSync(command, ['-c', config, 'start'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const pid = Number(readFileSync(join(queue, 'pid', 'master.pid'), 'utf8'))
  const maildir = join(mail, 'load')
  // It is no child of ours, and would stay.
  const end = () => process.kill(pid, 'SIGTERM')
  process.once('exit', end)
  const stop = async () => {
    process.off('exit', end)
    await stopped(pid)
    rmSync(folder, { recursive: true, force: true })
  }
  const flush = () => execFileSync('/usr/sbin/postqueue', ['-c', config, '-f'])
  const deferred = () =>
    readdirSync(join(queue, 'deferred'), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    ).length
  return { pid, port, maildir, stop, flush, deferred }
}

async function stopped(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM')
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 20))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0
      server.close(() => resolve(port))
    })
  })
}

interface Folders {
  readonly folder: string
  readonly queue: string
  readonly data: string
  readonly mail: string
}

/** As fast as it gets: no throttle on input, no look-ups, no limits that the load would meet. */
function mainCf({ folder, queue, data, mail }: Folders): string {
  return `
compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
myhostname = mail.bench.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = bench.example
virtual_mailbox_base = ${mail}
virtual_mailbox_maps = static:load/
virtual_uid_maps = static:${nobody}
virtual_gid_maps = static:${nobody}
in_flow_delay = 0
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = may
smtpd_tls_chain_files = ${folder}/tls.pem
smtpd_tls_loglevel = 0
message_size_limit = 10485760
`
}

/** As many connections as Amplop makes to one destination, from the first moment on. */
function relayCf(port: number | undefined): string {
  if (port === undefined) return ''
  return `relayhost = [127.0.0.1]:${port}
smtp_tls_security_level = none
default_destination_concurrency_limit = 20
initial_destination_concurrency = 20
minimal_backoff_time = 3600s
queue_run_delay = 3600s
`
}

function masterCf(port: number): string {
  return `
127.0.0.1:${port} inet n - n - - smtpd
pickup    unix  n  -  n  60    1  pickup
cleanup   unix  n  -  n  -     0  cleanup
qmgr      unix  n  -  n  300   1  qmgr
tlsmgr    unix  -  -  n  1000? 1  tlsmgr
rewrite   unix  -  -  n  -     -  trivial-rewrite
bounce    unix  -  -  n  -     0  bounce
defer     unix  -  -  n  -     0  bounce
trace     unix  -  -  n  -     0  bounce
verify    unix  -  -  n  -     1  verify
flush     unix  n  -  n  1000? 0  flush
proxymap  unix  -  -  n  -     -  proxymap
showq     unix  n  -  n  -     -  showq
error     unix  -  -  n  -     -  error
retry     unix  -  -  n  -     -  error
smtp      unix  -  -  n  -     -  smtp
virtual   unix  -  n  n  -     -  virtual
anvil     unix  -  -  n  -     1  anvil
scache    unix  -  -  n  -     1  scache
postlog   unix-dgram n - n  -  1  postlogd
`
}
