// Roundcube, a webmail in PHP, reads and sorts mail by IMAP: what its pages show is what there is.
// Only where it is installed (Debian: roundcube-core roundcube-sqlite3 php-cli php-sqlite3).
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { openHouse } from '../support/house.ts'
import { freePorts, newFolder } from '../support/places.ts'

const home = '/usr/share/roundcube'
const pages = '/var/lib/roundcube/public_html'
const schema = join(home, 'SQL/sqlite.initial.sql')

function isThere(): boolean {
  if (!existsSync(pages) || !existsSync(schema)) return false
  try {
    return execFileSync('php', ['-m'], { encoding: 'utf8' }).includes('pdo_sqlite')
  } catch {
    return false
  }
}

const skip = isThere() ? false : 'no Roundcube here'

/** A browser that keeps cookies and runs nothing. */
class Browser {
  readonly #base: string
  readonly #cookies = new Map<string, string>()
  token = ''

  constructor(base: string) {
    this.#base = base
  }

  async get(query: string, form?: Record<string, string>): Promise<string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(`${this.#base}/?${query}`, {
      redirect: 'manual',
      headers: { cookie, 'x-roundcube-request': this.token },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      this.#cookies.set(name, value)
    }
    const text = await answer.text()
    this.token = /"request_token":"([^"]+)"/.exec(text)?.[1] ?? this.token
    return `${answer.status} ${answer.headers.get('location') ?? ''}\n${text}`
  }
}

describe('Roundcube', { skip }, () => {
  let php: ChildProcess | undefined
  after(async () => {
    if (!php || php.exitCode !== null) return
    php.kill('SIGKILL')
    await once(php, 'exit')
  })

  it('logs in, lists in the order asked for, and shows a message', async (t) => {
    const house = await openHouse(t)
    const subjects = ['Nanas', 'Apel', 'Mangga']
    for (const subject of subjects)
      await house.send(
        ['tito@example.com'],
        `From: Ann <ann@example.org>\r\nSubject: ${subject}\r\n\r\nTentang ${subject}.\r\n`,
      )
    const folder = newFolder(t)
    writeSettings(folder, house.port('imap'))
    const [port = 0] = await freePorts(1)
    php = spawn('php', ['-S', `127.0.0.1:${port}`, '-t', pages], {
      env: { ...process.env, ROUNDCUBE_CONFIG_DIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await started(php)
    const browser = new Browser(`http://127.0.0.1:${port}`)
    await browser.get('_task=login')
    const entered = await browser.get('_task=login', {
      ...{ _token: browser.token, _task: 'login', _action: 'login' },
      ...{ _user: 'tito@example.com', _pass: 'amplop' },
    })
    assert.match(entered, /^302 .*_task=mail/, logOf(folder))
    await browser.get('_task=mail')

    const list = (sort: string) =>
      browser.get(`_task=mail&_action=list&_mbox=INBOX&_sort=${sort}&_remote=1`)
    assert.deepEqual(told(await list('subject_ASC')), ['Apel', 'Mangga', 'Nanas'], logOf(folder))
    assert.deepEqual(told(await list('subject_DESC')), ['Nanas', 'Mangga', 'Apel'])
    assert.deepEqual(told(await list('arrival_ASC')), subjects)

    const shown = await browser.get('_task=mail&_action=show&_mbox=INBOX&_uid=2')
    assert.match(shown, /Tentang Apel\./)
    const found = await browser.get(
      '_task=mail&_action=search&_mbox=INBOX&_q=Mangga&_headers=subject&_scope=base&_remote=1',
    )
    assert.deepEqual(told(found), ['Mangga'])
  })
})

/** The subjects of an answer's rows, in their order. */
function told(answer: string): string[] {
  const { exec = '' } = JSON.parse(answer.slice(answer.indexOf('{'))) as { exec?: string }
  return [...exec.matchAll(/add_message_row\(\d+,\{.*?"subject":"([^"]*)"/g)].map(
    ([, subject = '']) => /(Apel|Mangga|Nanas)/.exec(subject)?.[1] ?? subject,
  )
}

function logOf(folder: string): string {
  const file = join(folder, 'logs', 'errors.log')
  return existsSync(file) ? readFileSync(file, 'utf8') : 'Roundcube logged no error'
}

/** Resolves when it listens; rejects when it ended before. */
function started(php: ChildProcess): Promise<void> {
  const { stderr } = php
  assert.ok(stderr)
  let said = ''
  return new Promise((resolve, reject) => {
    stderr.setEncoding('utf8').on('data', (part: string) => {
      if (said.length < 10_000) said += part
      if (said.includes('started')) resolve()
    })
    php.once('exit', () => reject(new Error(said)))
  })
}

function writeSettings(folder: string, imapPort: number): void {
  const database = join(folder, 'db')
  const statements = readFileSync(schema, 'utf8')
  writeFileSync(join(folder, 'schema.sql'), statements)
  const made = `(new PDO('sqlite:${database}'))->exec(file_get_contents('${folder}/schema.sql'));`
  execFileSync('php', ['-r', made])
  for (const name of ['logs', 'temp']) mkdirSync(join(folder, name))
  const settings = {
    db_dsnw: `sqlite:///${database}?mode=0646`,
    imap_host: `127.0.0.1:${imapPort}`,
    log_dir: join(folder, 'logs'),
    temp_dir: join(folder, 'temp'),
    des_key: 'rcmail-24-bytes-of-a-key',
    language: 'en_US',
    log_driver: 'file',
  }
  const lines = Object.entries(settings).map(([key, value]) => `$config['${key}'] = '${value}';`)
  writeFileSync(
    join(folder, 'config.inc.php'),
    `<?php\n$config = [];\n${lines.join('\n')}\n$config['plugins'] = [];\n`,
  )
  writeFileSync(join(folder, 'defaults.inc.php'), readFileSync(defaultsFile()))
}

function defaultsFile(): string {
  const places = ['/etc/roundcube/defaults.inc.php', join(home, 'config/defaults.inc.php')]
  return places.find((path) => existsSync(path)) ?? places[0]!
}
