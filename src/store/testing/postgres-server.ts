// A real PostgreSQL server for tests, from the system's binaries: on a Unix socket in a temporary
// folder, never as root, stopped when the test process ends.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'

interface Programs {
  readonly folder: string
  /** Whom to run it as: its own programs refuse root. */
  readonly identity: { readonly uid: number; readonly gid: number } | undefined
}

const startMaxMs = 30_000

export class PostgresServer {
  readonly #programs: Programs
  readonly #folder: string
  readonly #schemas = new Map<string, Promise<string>>()
  #server: ChildProcess | undefined
  #starting: Promise<void> | undefined

  private constructor(programs: Programs) {
    this.#programs = programs
    this.#folder = mkdtempSync(join(tmpdir(), 'amplop-pg-'))
    if (programs.identity) chownSync(this.#folder, programs.identity.uid, programs.identity.gid)
    guard(this.#folder)
    process.once('exit', () => this.#remove())
  }

  /** Why there can be none here; false where there can. */
  static missing(): string | false {
    if (!programFolder()) return 'no PostgreSQL server is installed'
    return process.getuid?.() === 0 && !otherUser() ? 'no user but root to run PostgreSQL' : false
  }

  /** A server with its files, not started yet. */
  static make(): PostgresServer {
    const folder = programFolder()
    if (!folder) throw new Error('no PostgreSQL server is installed')
    const identity = process.getuid?.() === 0 ? otherUser() : undefined
    const server = new PostgresServer({ folder, identity })
    // Texts sort as people sort them, so that whoever relies on the order of bytes is found out.
    const icu = ['--locale-provider=icu', '--icu-locale=en']
    const made = server.#initialize(icu) || server.#initialize(['--locale=C'])
    if (!made) throw new Error('initdb failed')
    return server
  }

  /** Where its socket is. */
  get folder(): string {
    return this.#folder
  }

  /**
   * The address of a place of that name, empty when it is new. A schema is made sooner than a
   * database, and is one to whoever uses it.
   */
  async place(name: string): Promise<string> {
    this.#starting ??= this.start()
    await this.#starting
    let schema = this.#schemas.get(name)
    if (!schema) {
      schema = this.#newSchema(`place${this.#schemas.size}`)
      this.#schemas.set(name, schema)
    }
    return `${this.#url}&options=${encodeURIComponent(`-c search_path=${await schema}`)}`
  }

  async #newSchema(name: string): Promise<string> {
    await this.execute(`create schema ${name}`)
    return name
  }

  async execute(statement: string): Promise<readonly unknown[]> {
    const client = new Client({ connectionString: this.#url })
    await client.connect()
    try {
      return (await client.query(statement)).rows
    } finally {
      await client.end()
    }
  }

  async start(): Promise<void> {
    const settings = Object.entries({
      listen_addresses: '',
      unix_socket_directories: this.#folder,
      shared_buffers: '32MB',
      max_connections: '100',
      fsync: 'on',
      synchronous_commit: 'on',
      // Only so that a server can be small: neither has a part in durability.
      max_wal_senders: '0',
      wal_level: 'minimal',
    })
    const args = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const log = openSync(join(this.#folder, 'log'), 'a')
    this.#server = spawn(this.#program('postgres'), ['-D', this.#data, ...args], {
      ...this.#programs.identity,
      cwd: this.#folder,
      stdio: ['ignore', log, log],
    })
    this.#server.unref()
    const until = performance.now() + startMaxMs
    while (!(await this.#answers())) {
      if (this.#server.exitCode !== null || performance.now() > until)
        throw new Error('the PostgreSQL server did not start')
      await pause(20)
    }
  }

  /** Its write-ahead log: whatever was written went through it. */
  written(): Buffer {
    const folder = join(this.#data, 'pg_wal')
    const files = readdirSync(folder).filter((name) => /^[0-9A-F]{24}$/.test(name))
    return Buffer.concat(files.map((name) => readFileSync(join(folder, name))))
  }

  /** Ends it as a crash would: nothing more is written, nobody is told. */
  async crash(): Promise<void> {
    const server = this.#server
    if (!server || server.exitCode !== null) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.ref()
    server.kill('SIGQUIT')
    await ended
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  get #url(): string {
    return `postgres://amplop@/postgres?host=${encodeURIComponent(this.#folder)}`
  }

  #program(name: string): string {
    return join(this.#programs.folder, name)
  }

  #initialize(locale: readonly string[]): boolean {
    const args = ['-D', this.#data, '-U', 'amplop', '-A', 'trust', '-E', 'UTF8', '--no-sync']
    rmSync(this.#data, { recursive: true, force: true })
    try {
      execFileSync(this.#program('initdb'), [...args, ...locale], {
        ...this.#programs.identity,
        cwd: this.#folder,
        stdio: 'ignore',
      })
      return true
    } catch {
      return false
    }
  }

  async #answers(): Promise<boolean> {
    try {
      await this.execute('select 1')
      return true
    } catch {
      return false
    }
  }

  #remove(): void {
    const args = ['stop', '-m', 'immediate', '-w', '-D', this.#data]
    const { identity } = this.#programs
    spawnSync(this.#program('pg_ctl'), args, { ...identity, cwd: this.#folder, stdio: 'ignore' })
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Ends the server and removes its files also when this process is killed: its end is heard. */
function guard(folder: string): void {
  const script = `read -r _
    [ -d "$0" ] || exit 0
    pid=$(head -1 "$0/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid"
    while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    rm -rf "$0"`
  const shell = spawn('sh', ['-c', script, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  const words = shell.stdin as Socket
  words.unref()
}

/** The folder of the newest server's programs, beside those in the PATH. */
function programFolder(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian) : []
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))
  const folders = [
    ...newest.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/pgsql/bin',
    '/opt/homebrew/bin',
  ]
  const needed = ['initdb', 'postgres', 'pg_ctl']
  return folders.find((folder) => needed.every((name) => existsSync(join(folder, name))))
}

function otherUser(): { uid: number; gid: number } | undefined {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // There is no such user here.
    }
  }
  return undefined
}
