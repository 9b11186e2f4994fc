// The hook that the documentation shows, in a whole server and in the program that tries hooks.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { start } from '../../src/app/start.ts'
import { tryOut } from '../../src/app/try.ts'
import { silentLog } from '../../src/base/log.ts'
import { openHouse } from '../support/house.ts'
import { lettersIn } from '../support/letters.ts'
import { newFolder } from '../support/places.ts'
import { amplop, root } from '../support/running.ts'

const example = join(root, 'docs/examples/first-contact.ts')

it('the example is the one in the document', () => {
  const document = readFileSync(join(root, 'docs/filters.md'), 'utf8')
  assert.ok(document.includes(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\`\n`))
})

it('the example in the data folder refuses, defers and annotates', async (t) => {
  const folder = newFolder(t)
  mkdirSync(join(folder, 'hooks'))
  cpSync(example, join(folder, 'hooks/first-contact.ts'))
  const house = await openHouse(t, {
    folder,
    change: (settings) => ({
      ...settings,
      smtp: { ...settings.smtp, errors_max: 1_000 },
      server: { ...settings.server, trusted_networks: ['192.0.2.0/24'] },
    }),
  })
  const client = await house.smtp()
  assert.equal(await client.ask('HELO localhost'), '550 5.7.1 You are not me')
  assert.match(await client.ask('HELO mail.example.net'), /^250 /)
  assert.match(await client.ask('MAIL FROM:<ana@example.net>'), /^250 /)
  const rcpt = () => client.ask('RCPT TO:<iqbal@example.com>')
  assert.equal(await rcpt(), '451 4.7.1 Greylisted, come again')
  const until = performance.now() + 10_000
  let reply = ''
  while (!reply.startsWith('250') && performance.now() < until) {
    await pause(50)
    reply = await rcpt()
  }
  assert.match(reply, /^250 /)
  assert.match(await client.ask('DATA'), /^354 /)
  assert.match(await client.ask('Subject: COME HERE NOW!\r\n\r\na\r\n.'), /^550 5\.7\.1 No need to/)
  const lines = ['MAIL FROM:<ana@example.net>', 'RCPT TO:<iqbal@example.com>', 'DATA']
  for (const line of lines) assert.match(await client.ask(line), /^[23]5/)
  assert.match(await client.ask('Subject: come\r\n\r\na\r\n.'), /^250 /)
  const { rooms } = house.started
  assert.ok(rooms)
  const [letter, ...others] = await lettersIn(rooms, 'iqbal@example.com')
  assert.equal(others.length, 0)
  assert.match(letter?.prefix ?? '', /\r\nX-Size: 20\r\n$/)
  const [trace] = await rooms.traces.list({ limit: 1 })
  const step = trace?.steps.find(({ step: name }) => name === 'filtered')
  assert.equal(step?.said, 'hooks: first-contact.ts: 20 bytes')
})

it('a server with a hook that cannot be loaded does not start, and says which', async (t) => {
  const folder = newFolder(t)
  mkdirSync(join(folder, 'hooks'))
  writeFileSync(join(folder, 'hooks/a.ts'), 'export const hooks = { mial() {} }')
  writeFileSync(join(folder, 'hooks/b.test.ts'), 'no hook')
  const { settings } = tryOut({ data: folder, portOffset: undefined, domains: ['example.com'] })
  const starting = start({ settings, log: silentLog, foreign: 'sink' })
  await assert.rejects(starting, /hooks\/a\.ts: there is no hook "mial"/)
})

it('amplop hook test shows what each hook answers, and fails where one does', async (t) => {
  const folder = newFolder(t)
  const events = join(folder, 'events.json')
  const list = [
    { stage: 'hello', event: { client: { hello: 'localhost' } } },
    { stage: 'rcpt', event: { client: { login: 'tito@example.com' } } },
    { stage: 'message' },
  ]
  writeFileSync(events, JSON.stringify(list))
  const message = join(folder, 'a.eml')
  writeFileSync(message, 'Subject: a\r\n\r\nb\r\n')
  const good = amplop(t, ['hook', 'test', example, events, '--json', '-m', message])
  assert.equal(await good.ended, 0)
  const tried = JSON.parse(good.output()) as { stage: string; answers: object[] }[]
  assert.deepEqual(
    tried.map(({ stage, answers }) => [stage, ...answers]),
    [
      ['hello', { is: 'refuse', text: 'You are not me' }],
      ['rcpt', { is: 'accept' }],
      ['message', { is: 'annotate', note: '17 bytes', fields: { 'X-Size': '17' } }],
    ],
  )
  const looping = join(folder, 'loop.ts')
  writeFileSync(looping, 'export const hooks = { mail() { while (true) {} } }')
  const bad = amplop(t, ['hook', 'test', looping, '--timeout', '200'])
  assert.equal(await bad.ended, 1)
  assert.match(bad.output(), /^mail {5}failed: no answer in time \(\d/)
  const missing = amplop(t, ['hook', 'test', join(folder, 'nothing.ts')])
  assert.equal(await missing.ended, 1)
  assert.match(missing.output(), /nothing\.ts/)
})
