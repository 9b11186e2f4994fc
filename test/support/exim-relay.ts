// An Exim of a test's own that hands what it is given to another server, in TLS. It is unpacked, for
// as a package it takes the place of Postfix.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpacked } from './debian.ts'
import { type Ran, run } from './foreign.ts'
import { type Cleanup, newFolder } from './places.ts'

const user = 'Debian-exim'

export interface EximRelay {
  /** Takes a message and delivers it before it ends. */
  send(from: string, to: readonly string[], text: string): Promise<Ran>
  log(): string
}

/** The program; undefined where it is not to be had. */
export async function eximProgram(): Promise<string | undefined> {
  const folder = await unpacked(['exim4-daemon-light', 'exim4-base'], user)
  if (!folder) return undefined
  const command = join(folder, 'usr', 'sbin', 'exim4')
  try {
    execFileSync(command, ['-C', '/dev/null', '-bV'], { stdio: 'ignore' })
    return command
  } catch {
    // A library is missing, say.
    return undefined
  }
}

/** `to` is the port that mail goes to. */
export function eximRelay(test: Cleanup, command: string, to: number): EximRelay {
  const folder = newFolder(test)
  const spool = join(folder, 'spool')
  mkdirSync(spool)
  chmodSync(folder, 0o755)
  execFileSync('chown', [user, spool])
  const config = join(folder, 'config')
  writeFileSync(config, configOf(command, spool, to), { mode: 0o644 })
  return {
    send: (from, recipients, text) =>
      run(command, ['-C', config, '-odf', '-i', '-f', from, ...recipients], text),
    log: () => readFileSync(join(spool, 'mainlog'), 'utf8'),
  }
}

function configOf(command: string, spool: string, port: number): string {
  return `
exim_path = ${command}
primary_hostname = exim.example.org
spool_directory = ${spool}
log_file_path = ${spool}/%slog
keep_environment =
add_environment = PATH=/usr/bin
begin routers
there:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = ${port}
  allow_localhost
  hosts_require_tls = *
  tls_verify_hosts =
  tls_try_verify_hosts =
begin retry
* * F,1h,1m
`
}
