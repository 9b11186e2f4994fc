// What brought down other IMAP servers in 2024 to 2026, each by its CVE: memory and time stay
// bounded, other clients are served meanwhile, and nobody learns what is not theirs.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { Player } from '../../wire/testing/transcript.ts'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

/** Says a command; the answer's lines, "<closed>" where there are no more. */
async function ask(player: Player, command: string): Promise<string[]> {
  await player.write(`t ${command}\r\n`)
  const lines: string[] = []
  do lines.push(await player.line())
  while (!/^t |^<closed>/.test(lines.at(-1) ?? ''))
  return lines
}

async function loggedIn(name = 'tito'): Promise<Player> {
  const player = await server.client()
  assert.match((await ask(player, `LOGIN ${name} amplop`)).at(-1) ?? '', /^t OK/)
  return player
}

/** How many bytes more the process holds after the work. */
async function grown(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss()
  await work()
  return process.memoryUsage.rss() - before
}

it('CVE-2025-61600: a thousand strangers announce literals that never come', async () => {
  const strangers: Player[] = []
  const bytes = await grown(async () => {
    for (let n = 0; n < 1000; n++) {
      const stranger = await server.client()
      strangers.push(stranger)
      await stranger.write('a LOGIN {8192}\r\n')
      assert.match(await stranger.line(), /^\+ /)
    }
  })
  const tito = await loggedIn()
  assert.match((await ask(tito, 'SELECT INBOX')).at(-1) ?? '', /^t OK/)
  for (const player of [...strangers, tito]) player.end()
  assert.ok(bytes < 96 * 2 ** 20, `${bytes} bytes for 1,000 strangers`)
})

it('CVE-2026-27857: parentheses without end, before the login and after it', async () => {
  const tito = await loggedIn()
  const bytes = await grown(async () => {
    for (let n = 0; n < 100; n++) {
      const stranger = await server.client()
      await stranger.write(`a ID ${'('.repeat(30_000)}\r\n`)
      assert.match(await stranger.line(), /^a BAD/)
      stranger.end()
    }
    for (const command of ['SEARCH', 'LIST', 'FETCH 1', 'STORE 1 FLAGS', 'SORT', 'APPEND INBOX'])
      assert.match((await ask(tito, `${command} ${'('.repeat(60_000)}`)).at(-1) ?? '', /^t BAD/)
  })
  const endless = await loggedIn()
  await endless.write(`a SEARCH ${'('.repeat(1_000_000)}`)
  assert.match(await endless.line(), /^\* BYE/)
  for (const player of [tito, endless]) player.end()
  assert.ok(bytes < 64 * 2 ** 20, `${bytes} bytes`)
})

it('CVE-2024-34055: literals without number, of little length each', async () => {
  const literals = '{1+}\r\nx '.repeat(5000)
  const stranger = await server.client()
  await stranger.write(`a ID (${literals})\r\n`)
  assert.match(await stranger.line(), /^a BAD|^\* BYE/)
  const tito = await loggedIn()
  for (const command of [`ID (${literals})`, `SEARCH ${literals}`, `LIST "" (${literals})`]) {
    await tito.write(`a ${command}\r\n`)
    assert.match(await tito.line(), /^a BAD/, command.slice(0, 10))
  }
  for (const player of [stranger, tito]) player.end()
})

it('CVE-2025-59028: a login that is no base64 fails alone', async () => {
  const liars: Player[] = []
  for (let n = 0; n < 20; n++) {
    const liar = await server.client()
    liars.push(liar)
    await liar.write('a AUTHENTICATE PLAIN\r\n')
    assert.match(await liar.line(), /^\+/)
  }
  for (const [n, liar] of liars.entries())
    await liar.write(`${['====', '\0\0\0', 'AAA', '\xff\xfe', 'A'.repeat(4000)][n % 5]}\r\n`)
  const tito = await loggedIn()
  for (const liar of liars) {
    assert.match(await liar.line(), /^(a (BAD|NO)|\* BYE)/)
    liar.end()
  }
  tito.end()
})

it('CVE-2026-24031: what would be SQL is a name, and a text to look for', async () => {
  const tito = await loggedIn()
  await ask(tito, 'SELECT INBOX')
  for (const evil of [
    "x' or '1'='1",
    "x'; drop table messages; --",
    'x\\") or (\\"',
    '%_\\\\',
    '$(id)',
  ]) {
    const stranger = await server.client()
    assert.match((await ask(stranger, `LOGIN "${evil}" "${evil}"`)).at(-1) ?? '', /^t NO/)
    stranger.end()
    for (const key of ['SUBJECT', 'FROM', 'TEXT', 'HEADER X', 'KEYWORD'])
      assert.match((await ask(tito, `SEARCH ${key} "${evil}"`))[0] ?? '', /^\* SEARCH$|^t BAD/)
    assert.match((await ask(tito, `STATUS "${evil}" (MESSAGES)`))[0] ?? '', /^t NO|^t BAD/)
  }
  assert.match((await ask(tito, 'STATUS INBOX (MESSAGES)'))[0] ?? '', /^\* STATUS/)
  tito.end()
})

it('CVE-2024-23184: a message of 100,000 addresses is kept, told and searched', async () => {
  const tito = await loggedIn()
  const message = `To: ${'x@y.example, '.repeat(100_000)}z\r\nFrom: a@b\r\n\r\nx\r\n`
  const appended = await ask(tito, `APPEND INBOX {${message.length}+}\r\n${message}`)
  assert.match(appended.at(-1) ?? '', /^t OK/)
  await ask(tito, 'SELECT INBOX')
  const [envelope = ''] = await ask(tito, 'FETCH * ENVELOPE')
  // At most a thousand of them are told.
  assert.equal(envelope.split('"y.example"').length - 1, 1000)
  assert.match((await ask(tito, 'SEARCH TO "x@y.example"'))[0] ?? '', /^\* SEARCH \d/)
  assert.match((await ask(tito, 'SORT (TO CC) UTF-8 ALL'))[0] ?? '', /^\* SORT \d/)
  tito.end()
})

it('CVE-2026-47081 to 47089: names and ids of others are as names and ids of nobody', async () => {
  const iqbal = await loggedIn('iqbal')
  const [created = ''] = await ask(iqbal, 'CREATE Secret')
  const mailbox = /MAILBOXID \(([^)]+)\)/.exec(created)?.[1] ?? ''
  await ask(iqbal, 'APPEND Secret {12+}\r\nSubject: s\r\n')
  await ask(iqbal, 'SELECT Secret')
  const [ids = ''] = await ask(iqbal, 'FETCH 1 (EMAILID THREADID)')
  const [, email = '', thread = ''] = /EMAILID \(([^)]+)\) THREADID \(([^)]+)\)/.exec(ids) ?? []
  assert.ok(mailbox !== '' && email !== '' && thread !== '')
  iqbal.end()

  const tito = await loggedIn()
  await ask(tito, 'APPEND INBOX {6+}\r\nA: b\r\n')
  await ask(tito, 'SELECT INBOX')
  const commands: ((box: string) => string)[] = [
    ...['SELECT', 'EXAMINE', 'DELETE', 'GETQUOTAROOT', 'GETQUOTA', 'MYRIGHTS', 'GETACL'].map(
      (word) => (box: string) => `${word} ${box}`,
    ),
    (box) => `STATUS ${box} (MESSAGES SIZE RECENT MAILBOXID)`,
    (box) => `RENAME ${box} other`,
    (box) => `LIST "" ${box}`,
    (box) => `LIST "" ${box} RETURN (STATUS (MESSAGES) SUBSCRIBED CHILDREN)`,
    (box) => `LSUB "" ${box}`,
    (box) => `COPY 1 ${box}`,
    (box) => `UID MOVE 1 ${box}`,
    (box) => `APPEND ${box} {6+}\r\nA: b\r\n`,
    (box) => `REPLACE 1 ${box} {6+}\r\nA: b\r\n`,
    (box) => `LISTRIGHTS ${box} tito`,
    (box) => `GETMETADATA ${box} /shared/comment`,
  ]
  for (const command of commands) {
    const answers: string[] = []
    // What nobody has is as long as what another has.
    for (const box of ['Secret', 'Nobody']) {
      await ask(tito, 'SELECT INBOX')
      const said = (await ask(tito, command(box))).join('\n').replaceAll(box, 'NAME')
      answers.push(said)
    }
    assert.equal(answers[0], answers[1], command('NAME'))
  }
  await ask(tito, 'SELECT INBOX')
  const nobody = (id: string) => id.slice(0, -1) + (id.endsWith('1') ? '2' : '1')
  for (const [key, id] of [
    ['EMAILID', email],
    ['THREADID', thread],
  ] as const)
    assert.deepEqual(
      await ask(tito, `SEARCH ${key} ${id}`),
      await ask(tito, `SEARCH ${key} ${nobody(id)}`),
      key,
    )
  tito.end()
})
