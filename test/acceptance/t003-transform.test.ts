// A program between the end of DATA and its answer, in a whole server that others use meanwhile.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { Settings } from '../../src/app/config/schema.ts'
import { codes, inData, openSmtpd } from '../support/smtpd.ts'

type Transform = { -readonly [K in keyof Settings['transform']]: Settings['transform'][K] }

let transform: Transform | undefined
const server = await openSmtpd(
  { after },
  {
    change: (settings) => {
      transform = { ...settings.transform }
      return { ...settings, transform }
    },
  },
)

/** What `config set` does: the server asks for its settings with each message. */
function set(change: Partial<Transform>): void {
  assert.ok(transform)
  Object.assign(transform, { timeout_ms: 20_000, output_max_bytes: 20_000_000 }, change)
}

const text = 'Subject: a\r\n\r\nabc\r\nxyz a\r\n'

async function sent(): Promise<{ reply: string; kept: string[] }> {
  const player = await inData(server, 'rcpt')
  const reply = await player.ask(`${text}.`)
  return { reply, kept: (await server.news('rcpt')).map(({ body }) => `${body}`) }
}

it('T003-13 what a program prints is what is kept', async () => {
  const table: [readonly string[], string][] = [
    [['cat'], text],
    [
      ['tac'],
      text
        .split(/(?<=\n)/)
        .toReversed()
        .join(''),
    ],
    [['sed', 's/a/b/'], 'Subject: b\r\n\r\nbbc\r\nxyz b\r\n'],
  ]
  for (const [command, wanted] of table) {
    set({ command })
    const { reply, kept } = await sent()
    assert.match(reply, /^250 2\.0\.0 OK: queued as /)
    assert.deepEqual(kept, [wanted])
  }
  set({ enabled: false })
  assert.deepEqual((await sent()).kept, [text])
  set({ enabled: true })
})

it('T003-13 a program that fails: the policy, and never half a mail behind 250', async () => {
  const table: [readonly string[], Partial<Transform>][] = [
    [['/nowhere/program'], {}],
    [['sh', '-c', 'cat; exit 1'], {}],
    [['sleep', '60'], { timeout_ms: 200 }],
    [['head', '-c', '1000000000', '/dev/zero'], { output_max_bytes: 1_000_000 }],
  ]
  for (const [command, change] of table) {
    set({ command, on_failure: 'tempfail', ...change })
    const deferred = await sent()
    assert.match(deferred.reply, /^451 4\.7\.1 /, command.join(' '))
    assert.deepEqual(deferred.kept, [])
    set({ command, on_failure: 'unchanged', ...change })
    const unchanged = await sent()
    assert.match(unchanged.reply, /^250 /, command.join(' '))
    assert.deepEqual(unchanged.kept, [text])
  }
})

it('T003-13 while a program hangs, other sessions go on, and its own does after it', async () => {
  const script = 'all=$(cat); case $all in *hang*) sleep 60;; esac; printf "%s\\n" "$all"'
  set({ command: ['sh', '-c', script], on_failure: 'tempfail', timeout_ms: 1500 })
  const hung = await inData(server, 'rcpt')
  const waiting = hung.ask(`hang: on\r\n${text}.`)
  const other = await server.client()
  const began = performance.now()
  const session = ['EHLO user', 'MAIL FROM:<user@smtpd.com>', 'RCPT TO:<r1@smtpd.com>', 'DATA']
  assert.deepEqual(await codes(other, session), [250, 250, 250, 354])
  assert.match(await other.ask(`${text}.`), /^250 /)
  assert.ok(performance.now() - began < 1200, 'before the other one ended')
  assert.match(await waiting, /^451 /)
  assert.match(await hung.ask('NOOP'), /^250 /)
})

it('T003-13 the trace tells of the program, also of a refusal', async () => {
  set({ command: ['cat'] })
  await sent()
  const { rooms } = server.house.started
  assert.ok(rooms)
  const said = async () => {
    const [trace] = await rooms.traces.list({ limit: 1 })
    return trace?.steps.find(({ step }) => step === 'filtered')
  }
  assert.equal((await said())?.said, 'transform: cat took it')
  set({ command: ['false'] })
  await sent()
  const refused = await said()
  assert.equal(refused?.said, 'transform: false failed with status 1')
  assert.equal(refused?.ok, false)
})
