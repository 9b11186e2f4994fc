// Clients that mean no good: literals, lists, sets and patterns at and beyond every limit. They are
// answered or left, and the memory of it is gone.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

async function heard(login: boolean, said: string): Promise<string> {
  const client = await server.client()
  if (login) {
    await client.write('l LOGIN tito amplop\r\n')
    await client.line()
  }
  await client.write(said)
  const line = await client.line()
  client.end()
  return line
}

const zeros = (count: number) => '0'.repeat(count)

describe('before the login', () => {
  const cases: [name: string, said: string, answer: RegExp][] = [
    ['a literal at its limit', `a LOGIN {8192}\r\n`, /^\+ OK/],
    ['a literal beyond it', `a LOGIN {8193}\r\n`, /^a BAD Literal too long/],
    ['a literal of 2^32', 'a LOGIN {4294967296}\r\n', /^a BAD Literal too long/],
    ['a literal of 10^20', 'a LOGIN {99999999999999999999}\r\n', /^a BAD Literal too long/],
    ['a literal of less than nothing', 'a LOGIN {-1}\r\n', /^a BAD/],
    ['one that nobody waits for', `a LOGIN {9000+}\r\n${zeros(9000)} x\r\n`, /^a BAD Literal too/],
    ['one that goes on without end', `a LOGIN {99999999+}\r\n`, /^a BAD Literal too long/],
    ['a line beyond its limit', `a LOGIN ${zeros(40_000)}`, /^\* BYE/],
    ['many literals', `a ID (${'{1+}\r\nx '.repeat(200)})\r\n`, /^a BAD/],
    ['a message', 'a APPEND INBOX {3+}\r\nabc\r\n', /^a BAD Log in first/],
    ['base64 without end', `a AUTHENTICATE PLAIN ${'A'.repeat(16_000)}\r\n`, /^a (BAD|NO)/],
    ['what browsers say', 'GET / HTTP/1.1\r\n', /^GET BAD/],
    ['nothing', '\r\n', /^\* BAD/],
    ['NUL', '\0\0\r\n', /^\* BAD/],
  ]
  for (const [name, said, answer] of cases)
    it(name, async () => assert.match(await heard(false, said), answer))
})

describe('after the login', () => {
  const cases: [name: string, said: string, answer: RegExp][] = [
    ['a literal beyond its limit', 'a CREATE {102401}\r\n', /^a BAD Literal too long/],
    ['a message beyond its limit', 'a APPEND INBOX {10485761}\r\n', /^a NO \[TOOBIG\]/],
    ['a message of 2^62', 'a APPEND INBOX {4611686018427387904}\r\n', /^a NO \[TOOBIG\]/],
    [
      'events of many mailboxes',
      `a NOTIFY SET${' (personal NONE)'.repeat(101)}\r\n`,
      /^a NO \[NOTIF/,
    ],
    ['mailboxes without end', `a ESEARCH IN (${'personal '.repeat(101)}x) ALL\r\n`, /^a BAD/],
    ['literals beyond the command', `a ID (${'{100000}\r\n'.repeat(1)}`, /^\+ OK/],
    ['parentheses', `a LIST "" (${'('.repeat(60_000)}\r\n`, /^a BAD/],
    ['a pattern that would take for ever', `a LIST "" ${'*a%'.repeat(5000)}\r\n`, /^a (OK|BAD)/],
    ['many patterns', `a LIST "" (${'* '.repeat(20_000)}%)\r\n`, /^a BAD|^\* LIST/],
    ['a name of many levels', `a CREATE ${'a/'.repeat(1000)}b\r\n`, /^a NO \[CANNOT\]/],
    ['a long name', `a CREATE ${'a'.repeat(10_000)}\r\n`, /^a NO \[CANNOT\]/],
    ['half a surrogate', 'a CREATE "&2AA-"\r\n', /^a (BAD|NO)/],
    ['many flags', `a APPEND INBOX (${'k '.repeat(20_000)}k) {3+}\r\nA:b\r\n`, /^a (BAD|NO|OK)/],
  ]
  for (const [name, said, answer] of cases)
    it(name, async () => assert.match(await heard(true, said), answer))
})

it('a command of another account finds what one of nobody finds', async () => {
  const other = await server.client()
  await other.write('a LOGIN iqbal amplop\r\nb CREATE Secret\r\n')
  assert.match(await other.line(), /^a OK/)
  assert.match(await other.line(), /^b OK/)
  other.end()
  const commands = ['SELECT', 'EXAMINE', 'DELETE', 'GETQUOTAROOT', 'RENAME Secret/x', 'STATUS']
  for (const command of commands) {
    const tail = command === 'STATUS' ? ' (MESSAGES)' : ''
    const [name, from = ''] = command.split(' ')
    const line = (box: string) =>
      `a ${name} ${from === '' ? box : `${box}/x`}${from && ' y'}${tail}\r\n`
    assert.equal(await heard(true, line('Secret')), await heard(true, line('Nobody')), command)
  }
})

it('sets of numbers at their limits', async () => {
  const client = await server.client()
  await client.write(
    'l LOGIN tito amplop\r\nm APPEND INBOX {6+}\r\nA: b\r\n\r\ns EXAMINE INBOX\r\n',
  )
  for (let line = ''; !line.startsWith('s OK'); ) line = await client.line()
  const answers: [string, RegExp][] = [
    ['UID FETCH 1:4294967295 UID', /^\* 1 FETCH/],
    ['UID FETCH 4294967296 UID', /^a BAD/],
    ['UID FETCH 0 UID', /^a BAD/],
    ['FETCH 1:4294967295 UID', /^a BAD/],
    ['FETCH 5:* UID', /^\* 1 FETCH/],
    [`UID FETCH ${'1:*,'.repeat(10_000)}1 UID`, /^\* 1 FETCH/],
    [`UID FETCH ${'1,'.repeat(30_000)}1 UID`, /^a BAD/],
    [`FETCH 1 (${'BODY['.repeat(1000)}`, /^a BAD/],
    ['FETCH 1 BODY[99999999999.1]', /^a BAD|^\* 1/],
  ]
  for (const [said, answer] of answers) {
    await client.write(`a ${said}\r\nb NOOP\r\n`)
    const lines: string[] = []
    do lines.push(await client.line())
    while (!lines.at(-1)?.startsWith('b '))
    assert.match(lines[0] ?? '', answer, said.slice(0, 50))
  }
  client.end()
})
