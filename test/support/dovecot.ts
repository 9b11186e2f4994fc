// A Dovecot of its own, as far as Debian has it: private configuration and mail, loopback ports.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { provided } from './debian.ts'
import { freePorts } from './places.ts'

export interface Dovecot {
  /** Of its master process. */
  readonly pid: number
  readonly imapPort: number
  readonly pop3Port: number
  /** Runs `doveadm ARGS`; its output. @throws Error with what it said */
  doveadm(...args: string[]): string
  stop(): Promise<void>
}

const nobody = 65_534
const nogroup = 65_534
const binary = '/usr/sbin/dovecot'

/** Whether it can be started here: it wants root, for users of its own. */
export async function haveDovecot(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  const part = (name: string) => existsSync(`/usr/lib/dovecot/${name}`)
  const imap = await provided(() => part('imap'), 'dovecot-imapd')
  return imap && (await provided(() => part('pop3'), 'dovecot-pop3d'))
}

/**
 * Serves any name, with the password "amplop", out of `folder`, which stays; its parents must be
 * open to other users.
 */
export async function startDovecot(folder: string, format = 'mdbox'): Promise<Dovecot> {
  const [imapPort = 0, pop3Port = 0] = await freePorts(2)
  const mail = join(folder, 'mail')
  mkdirSync(mail, { recursive: true })
  chmodSync(folder, 0o755)
  chownSync(mail, nobody, nogroup)
  const config = join(folder, 'dovecot.conf')
  writeFileSync(config, configuration({ folder, mail, format, imapPort, pop3Port }))
  const child = spawn(binary, ['-F', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const end = () => child.kill('SIGTERM')
  process.once('exit', end)
  const stop = async () => {
    process.off('exit', end)
    end()
    await ended
  }
  while (!(await listens(imapPort)) || !(await listens(pop3Port))) {
    if (child.exitCode !== null) throw new Error(`dovecot ended: ${said}${logOf(folder)}`)
    await pause(50)
  }
  const doveadm = (...args: string[]) => {
    const ran = spawnSync('doveadm', ['-c', config, ...args], { encoding: 'utf8' })
    if (ran.status !== 0) throw new Error(`doveadm ${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }
  return { pid: child.pid ?? 0, imapPort, pop3Port, doveadm, stop }
}

function logOf(folder: string): string {
  const file = join(folder, 'log')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

interface Shape {
  readonly folder: string
  readonly mail: string
  readonly format: string
  readonly imapPort: number
  readonly pop3Port: number
}

function configuration({ folder, mail, format, imapPort, pop3Port }: Shape): string {
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = ${format}:${mail}/%u
mail_max_userip_connections = 1000
first_valid_uid = 1
pop3_no_flag_updates = yes
auth_mechanisms = plain login
passdb {
  driver = static
  args = password=amplop
}
userdb {
  driver = static
  args = uid=${nobody} gid=${nogroup} home=${mail}/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    special_use = \\Sent
    auto = create
  }
  mailbox "Papelera" {
    special_use = \\Trash
    auto = create
  }
}
service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${pop3Port}
  }
  inet_listener pop3s {
    port = 0
  }
}
`
}
