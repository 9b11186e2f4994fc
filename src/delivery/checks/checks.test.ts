import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { Refused } from '../../base/refused.ts'
import { listOwed } from '../../queue/owe.ts'
import { accountId, bytesIn, openHouse, send, stranger } from '../testing/house.ts'
import type { Client } from '../types.ts'
import type { Check, Opinion, Subject } from './check.ts'
import { directionOf } from './check.ts'

function check(name: string, look: (subject: Subject) => Promise<Opinion> | undefined): Check {
  return { name, look }
}

async function house(t: TestContext, checks: readonly Check[]) {
  const opened = await openHouse(t, { checks })
  t.after(() => opened.close())
  const inbox = async (name: string) => {
    const list = await bytesIn(opened, await accountId(opened, `${name}@example.com`))
    return list.map(({ body }) => `${body}`)
  }
  const quarantine = async () => await bytesIn(opened, 'quarantine', 'quarantine')
  return { ...opened, inbox, quarantine }
}

const letter = 'Subject: a\r\n\r\ntext\r\n'

function appending(word: string): Check {
  return check(word, async ({ letter, rewrite }) => {
    const writer = rewrite(10_000_000)
    for await (const chunk of letter.text()) await writer.write(chunk)
    await writer.write(Buffer.from(`${word}\r\n`))
    return { is: 'taken', said: 'added a line', letter: writer.end() }
  })
}

it('checks see a message in their order, each what the one before it left', async (t) => {
  const absent = check('absent', () => undefined)
  const it = await house(t, [absent, appending('one'), absent, appending('two')])
  const trace = await send(it, ['iqbal'], letter)
  assert.deepEqual(await it.inbox('iqbal'), [`${letter}one\r\ntwo\r\n`])
  assert.equal(trace.size, letter.length + 10)
  assert.deepEqual(trace.steps.map(({ step, said }) => [step, said]).slice(1, 4), [
    ['checked', ''],
    ['filtered', 'one: added a line'],
    ['filtered', 'two: added a line'],
  ])
  assert.deepEqual((await it.traces.get(trace.id))?.steps.slice(2, 4), trace.steps.slice(2, 4))
})

it('a message beyond what is kept in memory is read and changed as a stream', async (t) => {
  const it = await house(t, [appending('one'), appending('two')])
  const text = `Subject: big\r\n\r\n${'0123456789abcdef'.repeat(4).concat('\r\n').repeat(50_000)}`
  await send(it, ['iqbal'], text)
  const [body] = await it.inbox('iqbal')
  assert.ok(body === `${text}one\r\ntwo\r\n`, 'the big text came whole')
})

it('a refusal by a check ends the message, in its own words where it has some', async (t) => {
  const reply = { code: 554, status: '5.7.1', text: 'Virus found' }
  const opinions: [Opinion, string, number | undefined][] = [
    [{ is: 'refused', said: 'virus', reply }, 'filter-refused', 554],
    [{ is: 'refused', said: 'no' }, 'filter-refused', undefined],
    [{ is: 'deferred', said: 'later' }, 'filter-deferred', undefined],
  ]
  let at = 0
  const it = await house(t, [check('c', async () => opinions[at]![0]), appending('never')])
  for (const [opinion, code, own] of opinions) {
    await assert.rejects(send(it, ['iqbal'], letter), (error: unknown) => {
      assert.ok(error instanceof Refused)
      assert.equal(error.code, code)
      assert.equal(error.filter?.reply?.code, own)
      assert.equal(error.filter?.by, `c: ${opinion.said}`)
      return true
    })
    at++
  }
  assert.deepEqual(await it.inbox('iqbal'), [])
})

it('a quarantined message reaches nobody, is owed to nobody, and is kept', async (t) => {
  const it = await house(t, [
    check('c', async () => ({ is: 'taken', said: 'bad', quarantine: true })),
    appending('more'),
  ])
  for (const _ of [1, 2]) {
    const trace = await send(it, ['iqbal', 'ana@elsewhere.example'], letter)
    assert.equal(trace.accepted, true)
    assert.deepEqual(
      trace.recipients.map(({ place }) => place),
      ['quarantine', 'quarantine'],
    )
  }
  assert.deepEqual(await it.inbox('iqbal'), [])
  assert.deepEqual(await it.engine.run(listOwed, 10), [])
  assert.deepEqual(
    (await it.quarantine()).map(({ body }) => `${body}`),
    [`${letter}more\r\n`, `${letter}more\r\n`],
  )
})

it('a discarded message is accepted and in no mailbox, and no later check sees it', async (t) => {
  const it = await house(t, [
    check('c', async () => ({ is: 'discarded', said: 'junk' })),
    check('never', () => assert.fail('asked after the end')),
  ])
  const trace = await send(it, ['iqbal', 'ana@elsewhere.example'], letter)
  assert.equal(trace.code, 250)
  assert.equal(trace.recipients[0]?.place, 'nowhere')
  assert.deepEqual(await it.inbox('iqbal'), [])
  assert.deepEqual(await it.engine.run(listOwed, 10), [])
  assert.equal(trace.steps[2]?.said, 'c: junk')
})

it('a check changes sender and recipients, and adds fields behind the trace fields', async (t) => {
  const it = await house(t, [
    check('c', async ({ envelope, recipient }) => {
      const tito = await recipient({ local: 'tito', domain: 'example.com' })
      const nobody = await recipient({ local: 'nobody', domain: 'example.com' })
      assert.equal(nobody, undefined)
      const recipients = tito ? [tito] : envelope.recipients
      return { is: 'taken', said: '', from: null, recipients, fields: 'X-Checked: yes\r\n' }
    }),
  ])
  const trace = await send(it, ['iqbal'], letter)
  assert.equal(trace.from, '')
  const [message] = await bytesIn(it, await accountId(it, 'tito@example.com'))
  assert.equal(`${message?.body}`, letter)
  assert.match(message?.prefix ?? '', /^Return-Path: <>\r\nReceived: .*\r\nX-Checked: yes\r\n$/s)
  assert.deepEqual(await it.inbox('iqbal'), [])
})

it('a check that fails is a temporary failure, and nothing is filed', async (t) => {
  const it = await house(t, [
    appending('one'),
    check('c', () => Promise.reject(new Error('a bug'))),
  ])
  await assert.rejects(send(it, ['iqbal'], letter), /a bug/)
  assert.deepEqual(await it.inbox('iqbal'), [])
})

it('what others say of a message is one line of plain text in trace and reply', async (t) => {
  const it = await house(t, [
    check('c', async () => ({ is: 'taken', said: `a\r\nSubject: b\u0000é${'x'.repeat(999)}` })),
  ])
  const trace = await send(it, ['iqbal'], letter)
  assert.match(trace.steps[2]?.said ?? '', /^c: a Subject: b\?\?x+$/)
  assert.ok((trace.steps[2]?.said.length ?? 0) <= 400)
})

it('mail comes from outside, from one of ours, or by the gateway', () => {
  const of = (protocol: Client['protocol'], login = '') =>
    directionOf({ ...stranger, protocol, login })
  assert.equal(of('smtp'), 'in')
  assert.equal(of('smtp', 'tito@example.com'), 'out')
  assert.equal(of('submission'), 'out')
  assert.equal(of('lmtp'), 'in')
  assert.equal(of('gateway-udp'), 'gateway')
})
