// Who may object to a session, in front of a real house.
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { silentLog } from '../../base/log.ts'
import type { Check } from '../../delivery/checks/check.ts'
import { type Objection, type SessionEvent, screening } from '../../delivery/screen.ts'
import { openSmtp } from './testing/server.ts'

type Hear = (event: SessionEvent) => Promise<Objection | undefined> | undefined

async function open(t: TestContext, ...list: Hear[]) {
  const screens = list.map((hear, n) => ({ name: `s${n}`, hear }))
  const server = await openSmtp(t, {}, { screen: screening(screens, silentLog) })
  t.after(() => server.close())
  return server
}

const said = (text: string): Objection => ({
  ...{ is: 'refused', said: text },
  reply: { code: 554, status: '5.7.9', text },
})

it('each word of a session is heard once it is found good, and its end', async (t) => {
  const heard: string[] = []
  const ended = Promise.withResolvers<void>()
  const server = await open(t, (event) => {
    heard.push(event.at === 'rcpt' ? `rcpt ${event.to.local}` : event.at)
    if (event.at === 'end') ended.resolve()
    return undefined
  })
  const client = await server.client()
  for (const line of [
    ...['HELO a', `AUTH PLAIN ${btoa('\0tito@example.com\0amplop')}`, 'MAIL FROM:<a@b.example>'],
    ...['RCPT TO:<nobody@example.com>', 'RCPT TO:<tito@example.com>', 'MAIL FROM:<x@y.example>'],
  ])
    await client.ask(line)
  client.end()
  await ended.promise
  assert.deepEqual(heard, ['hello', 'auth', 'mail', 'rcpt tito', 'end'])
})

it('an objection refuses the one command, in its own words or in ours', async (t) => {
  const objections: Partial<Record<SessionEvent['at'], Objection>> = {}
  const server = await open(t, (event) => Promise.resolve(objections[event.at]))
  const client = await server.client()
  objections.hello = { is: 'deferred', said: 'x' }
  assert.match(await client.ask('HELO a'), /^451 4\.7\.1 /)
  assert.match(await client.ask('MAIL FROM:<a@b.example>'), /^503 /)
  objections.hello = undefined as never
  assert.match(await client.ask('HELO a'), /^250 /)
  objections.mail = said('Not you')
  assert.equal(await client.ask('MAIL FROM:<a@b.example>'), '554 5.7.9 Not you')
  objections.mail = undefined as never
  assert.match(await client.ask('MAIL FROM:<a@b.example>'), /^250 /)
  objections.rcpt = { is: 'refused', said: 'x' }
  assert.match(await client.ask('RCPT TO:<tito@example.com>'), /^550 5\.7\.1 /)
  assert.match(await client.ask('DATA'), /^554 /)
  objections.rcpt = undefined as never
  assert.match(await client.ask('RCPT TO:<iqbal@example.com>'), /^250 /)
  assert.match(await client.ask('DATA'), /^354 /)
  assert.match(await client.ask('Subject: a\r\n\r\nb\r\n.'), /^250 /)
  assert.deepEqual(
    [(await server.inbox('iqbal')).length, (await server.inbox('tito')).length],
    [1, 0],
  )
  objections.auth = said('Not today')
  assert.match(await client.ask(`AUTH PLAIN ${btoa('\0tito@example.com\0amplop')}`), /^554 /)
  objections.mail = { ...said('Away with you'), close: true }
  assert.match(await client.ask('MAIL FROM:<a@b.example>'), /^554 /)
  assert.equal(await client.rest(), '')
})

it('several may object: the first one counts, and all hear of the end', async (t) => {
  const ends: string[] = []
  const done = Promise.withResolvers<void>()
  const hear =
    (name: string, at: SessionEvent['at'] | undefined): Hear =>
    (event) => {
      if (event.at === 'end' && ends.push(name) === 3) done.resolve()
      return event.at === at ? Promise.resolve(said(name)) : Promise.resolve(undefined)
    }
  const server = await open(
    t,
    hear('one', undefined),
    () => undefined,
    hear('two', 'mail'),
    hear('three', 'mail'),
  )
  const client = await server.client()
  await client.ask('HELO a')
  assert.equal(await client.ask('MAIL FROM:<a@b.example>'), '554 5.7.9 two')
  client.end()
  await done.promise
  assert.deepEqual(ends.toSorted(), ['one', 'three', 'two'])
})

it('a greeting that is objected to leaves a message that has begun as it is', async (t) => {
  let objection: Objection | undefined
  const server = await open(t, (event) =>
    event.at === 'hello' ? Promise.resolve(objection) : undefined,
  )
  const client = await server.client()
  for (const line of ['EHLO a', 'MAIL FROM:<a@b.example>', 'RCPT TO:<tito@example.com>'])
    assert.match(await client.ask(line), /^250[ -]/)
  await client.write('BDAT 3\r\nabc')
  assert.match(await client.reply(), /^250 /)
  objection = said('Not you')
  assert.equal(await client.ask('EHLO b'), '554 5.7.9 Not you')
  await client.write('BDAT 5 LAST\r\ndef\r\n')
  assert.match(await client.reply(), /^250 /)
  assert.deepEqual(await server.inbox('tito'), ['abcdef\r\n'])
})

it('by LMTP too a message is checked, and each recipient hears what became of it', async (t) => {
  const words = { code: 554, status: '5.7.9', text: 'Not today' }
  const check: Check = {
    name: 'words',
    look: async ({ letter: { head } }) =>
      head.includes('bad')
        ? { is: 'refused', said: 'bad', reply: words }
        : { is: 'taken', said: 'good', fields: 'X-Checked: yes\r\n' },
  }
  const heard: string[] = []
  const hear = (event: SessionEvent) => {
    heard.push(event.at)
    return undefined
  }
  const server = await openSmtp(t, { face: 'lmtp' }, { screen: hear, checks: [check] })
  t.after(() => server.close())
  const client = await server.client()
  assert.match(await client.ask('LHLO a'), /^250-/)
  const send = async (text: string) => {
    for (const line of [
      ...['MAIL FROM:<a@b.example>', 'RCPT TO:<tito@example.com>', 'RCPT TO:<iqbal@example.com>'],
      'DATA',
    ])
      assert.match(await client.ask(line), /^(250|354) /)
    return [await client.ask(`Subject: ${text}\r\n\r\nx\r\n.`), await client.reply()]
  }
  assert.deepEqual(await send('bad'), [
    '554 5.7.9 <tito@example.com> Not today',
    '554 5.7.9 <iqbal@example.com> Not today',
  ])
  const replies = await send('good')
  for (const reply of replies) assert.match(reply, /^250 2\.0\.0 <.*> OK: queued as /)
  const trace = await server.house.traces.get(replies[0]?.split(' ').at(-1) ?? '')
  assert.equal(trace?.steps[2]?.said, 'words: good')
  assert.equal((await server.inbox('tito')).length, 1)
  assert.deepEqual(heard.slice(0, 4), ['hello', 'mail', 'rcpt', 'rcpt'])
})
