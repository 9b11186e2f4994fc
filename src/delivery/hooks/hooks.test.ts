// Hooks in front of a delivery with its store, asked as a session asks them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { silentLog } from '../../base/log.ts'
import type { Refused } from '../../base/refused.ts'
import type { Objection, SessionEvent } from '../screen.ts'
import { accountId, bytesIn, openHouse, send, stranger } from '../testing/house.ts'
import { HookFilter, type HookSettings } from './hook-filter.ts'
import { HookWorker } from './hook-worker.ts'

type Files = Readonly<Record<string, string>>

function written(t: TestContext, sources: Files): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-hooks-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return Object.entries(sources).map(([name, source]) => {
    writeFileSync(join(folder, name), source)
    return join(folder, name)
  })
}

async function opened(t: TestContext, sources: Files, timeoutMs = 10_000) {
  let limitMs = timeoutMs
  const files = written(t, sources)
  const worker = await HookWorker.open({ files, timeoutMs: () => limitMs, log: silentLog })
  t.after(() => worker.close())
  const settings: { onFailure: HookSettings['onFailure'] } = { onFailure: 'tempfail' }
  const filter = new HookFilter({ worker, settings: () => settings, log: silentLog })
  const says = (event: SessionEvent) => filter.hear(event)
  return {
    ...{ worker, filter, settings, says },
    limit: (ms: number) => {
      limitMs = ms
    },
  }
}

const hello: SessionEvent = { at: 'hello', client: stranger }
const mail: SessionEvent = { at: 'mail', client: stranger, id: 'm1', from: null }
const rcpt = (local: string): SessionEvent => ({
  ...{ at: 'rcpt', client: stranger, id: 'm1' },
  to: { local, domain: 'example.com' },
})
const typed = `
import type { Hooks } from 'amplop/hooks'
export const hooks: Hooks = `

/** "550 5.7.1 text", "refused" where it has no words, or undefined. */
async function words(heard: Promise<Objection | undefined> | undefined) {
  const objection = await heard
  if (!objection?.reply) return objection?.is
  const { code, status, text } = objection.reply
  return `${code} ${status} ${text}${objection.close ? ' (closed)' : ''}`
}

it('a stage without a hook is not asked, and costs nothing', async (t) => {
  const { says } = await opened(t, { 'a.ts': `${typed} { rcpt: () => undefined }` })
  assert.equal(says(hello), undefined)
  assert.equal(says(mail), undefined)
  assert.equal(says({ at: 'auth', client: stranger }), undefined)
  assert.ok(says(rcpt('tito')) instanceof Promise)
})

it('hooks refuse, defer or accept, in words of their own or in ours', async (t) => {
  const { says } = await opened(t, {
    'a.ts': `${typed} {
      connect: ({ client }) => client.address === '192.0.2.66' ? { is: 'refuse', text: 'Not you' } : undefined,
      hello: ({ client }) => client.hello === 'x' ? { is: 'defer' } : undefined,
      mail: async ({ sender, id }) => sender === '' ? { is: 'refuse', text: \`no \${id}\\r\\n250 é\` } : undefined,
      rcpt: ({ recipient }) => recipient.startsWith('tito@') ? { is: 'refuse' } : { is: 'accept' },
    }`,
    'b.ts': `${typed} { rcpt: () => ({ is: 'defer', text: 'from b' }) }`,
  })
  assert.equal(await words(says(hello)), undefined)
  const other = { ...stranger, session: 's2', address: '192.0.2.66' }
  const away = '550 5.7.1 Not you (closed)'
  assert.equal(await words(says({ at: 'hello', client: other })), away)
  assert.equal(await words(says({ at: 'hello', client: other })), away, 'again')
  assert.equal(await words(says({ at: 'hello', client: { ...stranger, hello: 'x' } })), 'deferred')
  assert.equal(await words(says({ at: 'hello', client: other })), away, 'behind a proxy')
  assert.equal(await words(says(mail)), '550 5.7.1 no m1 250 ?')
  assert.equal(await words(says(rcpt('tito'))), 'refused')
  assert.equal(await words(says(rcpt('iqbal'))), undefined, 'accepted by a, and b not asked')
})

it('what hooks note is in the trace, and their fields before the text', async (t) => {
  const it = await opened(t, {
    'a.ts': `${typed} {
      hello: () => ({ is: 'annotate', note: 'greeted' }),
      rcpt: ({ recipient }) => ({ is: 'annotate', fields: { 'X-For': recipient + '\\r\\nEvil: x', 'Bad Name': 'x' } }),
      message: ({ subject, header, text, size, recipients }) =>
        ({ is: 'annotate', note: [subject, header[1]?.value, text, size, recipients].join('|') }),
    }`,
    'b.ts': `${typed} { message: () => ({ is: 'annotate', fields: { 'X-B': '1' } }) }`,
  })
  const house = await openHouse(t, { checks: [it.filter] })
  t.after(() => house.close())
  await it.says(hello)
  it.says({ ...mail, id: 'other' })
  await it.says(rcpt('lost'))
  const intake = house.delivery.accept({
    ...{ id: 'm1', client: stranger, from: null, began: 0, smtpUtf8: false },
    recipients: [await recipient(house)],
  })
  it.says(mail)
  await it.says(rcpt('tito'))
  await intake.write(Buffer.from('Subject: =?utf-8?q?=C3=A9?=\r\nX-A: b\r\n c\r\n\r\ntext\r\n'))
  const trace = await intake.finish()
  assert.equal(trace.steps[2]?.said, 'hooks: a.ts: greeted; a.ts: ?|b c|text|49|tito@example.com')
  const [message] = await bytesIn(house, await accountId(house, 'tito@example.com'))
  assert.match(message?.prefix ?? '', /;.*\r\nX-For: tito@example\.com Evil: x\r\nX-B: 1\r\n$/s)
  it.says({ at: 'end', session: stranger.session })
})

async function recipient(house: Awaited<ReturnType<typeof openHouse>>) {
  const verdict = await house.delivery.recipient(stranger, { local: 'tito', domain: 'example.com' })
  assert.ok(verdict.is === 'accepted')
  return verdict.recipient
}

it('a hook refuses a whole message, which is in no mailbox', async (t) => {
  const it = await opened(t, {
    'a.ts': `${typed} { message: ({ text }) => text.includes('spam') ? { is: 'refuse', text: 'Spam' } : undefined }`,
  })
  const house = await openHouse(t, { checks: [it.filter] })
  t.after(() => house.close())
  await assert.rejects(send(house, ['tito'], 'Subject: a\r\n\r\nspam\r\n'), (error: unknown) => {
    const { code, filter } = error as Refused
    assert.equal(code, 'filter-refused')
    assert.deepEqual(filter?.reply, { code: 550, status: '5.7.1', text: 'Spam' })
    assert.equal(filter?.by, 'hooks: a.ts refused it: Spam')
    return true
  })
  await send(house, ['tito'], 'Subject: a\r\n\r\nham\r\n')
  assert.equal((await bytesIn(house, await accountId(house, 'tito@example.com'))).length, 1)
})

const bad: [string, string, boolean][] = [
  ['loops', 'while (true) {}', true],
  ['never answers', 'await new Promise(() => {})', true],
  ['throws', 'throw new Error("no")', false],
  ['answers what is no answer', 'return { is: "what" }', false],
  ['answers a text', 'return "accept"', false],
  ['ends its process', 'process.exit(1)', false],
  [
    'throws where nobody waits',
    'setImmediate(() => { throw new Error("no") }); await new Promise(() => {})',
    false,
  ],
]
for (const [name, code, slow] of bad)
  it(`a hook that ${name}: the settings decide, the server goes on, and so do the hooks`, async (t) => {
    const { says, settings, limit } = await opened(t, {
      'a.ts': `export const hooks = { rcpt: async ({ recipient }) => {
        if (recipient.startsWith('tito')) return { is: 'refuse' }
        ${code}
      } }`,
    })
    if (slow) limit(300)
    let turns = 0
    const ticking = setInterval(() => turns++, 10)
    assert.equal(await words(says(rcpt('bad'))), 'deferred')
    clearInterval(ticking)
    if (slow) assert.ok(turns > 5, 'this thread was not held up')
    settings.onFailure = 'accept'
    assert.equal(await words(says(rcpt('bad'))), undefined)
    limit(10_000)
    assert.equal(await words(says(rcpt('tito'))), 'refused')
  })

it('hooks that fail over and over rest, instead of taking all the time there is', async (t) => {
  const { worker } = await opened(t, {
    'a.ts': 'export const hooks = { rcpt: () => process.exit(1) }',
  })
  let last: unknown
  for (let turn = 0; turn < 8; turn++) last = await worker.ask('rcpt', {}).catch((error) => error)
  assert.match(String(last), /fail too often/)
})

it('questions of many sessions at once all have their own answer', async (t) => {
  const { says } = await opened(t, {
    'a.ts': `${typed} { rcpt: async ({ recipient }) => {
      await new Promise((resolve) => setTimeout(resolve, recipient.length % 3))
      return { is: 'refuse', text: recipient }
    } }`,
  })
  const names = Array.from({ length: 100 }, (_, n) => 'x'.repeat(1 + (n % 50)))
  const answers = await Promise.all(names.map((name) => words(says(rcpt(name)))))
  assert.deepEqual(
    answers,
    names.map((name) => `550 5.7.1 ${name}@example.com`),
  )
})

it('hooks see nothing of the environment of the server', async (t) => {
  const { says } = await opened(t, {
    'a.ts': `${typed} { rcpt: () => ({ is: 'refuse', text: JSON.stringify(process.env) }) }`,
  })
  assert.equal(await words(says(rcpt('tito'))), '550 5.7.1 {}')
})

const unfit: [string, string, RegExp][] = [
  ['is no TypeScript', 'export const hooks = {', /a\.ts: .*/],
  ['exports nothing', 'export const other = {}', /export const hooks/],
  ['names a hook that is none', 'export const hooks = { mial() {} }', /there is no hook "mial"/],
  ['has what is no function', 'export const hooks = { mail: 5 }', /"mail" is no function/],
  ['throws while it is loaded', 'throw new Error("broken")', /broken/],
  ['ends while it is loaded', 'process.exit(0)', /ended while they were loaded/],
]
for (const [name, source, said] of unfit)
  it(`a file that ${name} is named, and nothing starts`, async (t) => {
    const files = written(t, { 'a.ts': source })
    const open = HookWorker.open({ files, timeoutMs: () => 1000, log: silentLog })
    await assert.rejects(open, said)
  })
