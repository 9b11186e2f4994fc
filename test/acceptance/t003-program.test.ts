// The program as a person starts it: what it explains, and what it says when it cannot start.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'

async function ran(test: TestContext, args: readonly string[]) {
  const running = amplop(test, args)
  const status = await running.ended
  const output = running.output()
  assert.doesNotMatch(output, /^\s+at .*:\d+/m, 'no stack trace')
  return { status, output }
}

for (const args of [['--help'], ['-h'], ['try', '--help'], ['serve', '-h'], ['send', '--help']])
  it(`T003-07 amplop ${args.join(' ')} explains itself`, async (test) => {
    const { status, output } = await ran(test, args)
    assert.equal(status, 0)
    assert.match(output, /usage/i)
    assert.match(output, /amplop/)
  })

const misused: [string, string[], RegExp][] = [
  ['an unknown flag', ['try', '--nonsense'], /--nonsense/],
  ['an unknown short flag', ['serve', '-Z'], /-Z/],
  ['an unknown command', ['nonsense'], /nonsense/],
  ['a port that is no number', ['try', '--port-offset', 'http'], /--port-offset.*http/],
  ['a port that is none', ['try', '--port-offset', '70000'], /--port-offset.*70000/],
]
for (const [name, args, said] of misused)
  it(`T003-07 ${name} is a usage error, told in one line`, async (test) => {
    const { status, output } = await ran(test, args)
    assert.equal(status, 2)
    assert.match(output, said)
    assert.ok(output.trim().split('\n').length <= 2, output)
  })

it('T003-07 a bad port in the settings is told with its line', async (test) => {
  const { status, output } = await configured(test, '127.0.0.1:70000')
  assert.equal(status, 1)
  assert.match(output, /amplop\.toml:4: smtp\.listen /)
})

it('T003-07 a port in use is told by its number, with what to do', async (test) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  test.after(() => other.close())
  const at = other.address()
  const port = typeof at === 'object' ? at?.port : 0
  const { status, output } = await configured(test, `127.0.0.1:${port}`)
  assert.equal(status, 1)
  assert.match(output, new RegExp(`port 127\\.0\\.0\\.1:${port} .*in use`))
})

async function configured(test: TestContext, listen: string) {
  const file = join(newFolder(test), 'amplop.toml')
  const lines = ['[server]', 'domains = ["smtpd.com"]', '[smtp]', `listen = ["${listen}"]`]
  const nowhere = ['submission', 'pop3', 'imap'].flatMap((section) => [
    ...[`[${section}]`, 'listen = []', 'tls_listen = []'],
  ])
  const noWeb = ['[http]', 'listen = []', 'tls_listen = []', '[log]', 'file = "log"']
  writeFileSync(file, [...lines, ...nowhere, ...noWeb].join('\n'))
  return ran(test, ['serve', '-c', file])
}
