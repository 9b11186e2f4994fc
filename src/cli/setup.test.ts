// `amplop setup` and `amplop doctor` as a person runs them, on a zone file in place of the DNS.
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { newFolder, runProgram } from './testing/program.ts'

test('setup makes settings and an account, and its own zone heals what the doctor finds', async (t) => {
  const folder = newFolder(t)
  const run = (args: string[], input = '') => runProgram(t, args, { input, folder })
  const made = await run(
    ['setup', 'tito@example.test', '--password-stdin', '--ip', '127.0.0.1', '--no-check'],
    'a good password\n',
  )
  assert.equal(made.status, 0, made.errors)
  assert.match(
    made.output,
    /^Settings written to .*amplop\.toml\.\nAccount tito@example\.test made/,
  )
  assert.equal(statSync(join(folder, 'amplop.toml')).mode & 0o777, 0o600)
  assert.match(readFileSync(join(folder, 'amplop.toml'), 'utf8'), /name = "mail\.example\.test"/)
  assert.match(readFileSync(join(folder, 'amplop.toml'), 'utf8'), /^# \[acme\]\n# enabled = true$/m)
  assert.equal((await run(['check'])).status, 0)
  assert.equal(made.output.match(/_domainkey\.example\.test\. +3600 IN TXT/g)?.length, 2)
  const zone = made.output.split('\n').filter((line) => / IN /.test(line))
  writeFileSync(join(folder, 'zone'), zone.join('\n'))
  const args = ['--zone', 'zone', '--ip', '127.0.0.1']
  const seen = await run(['doctor', '--json', ...args])
  // In a zone file alone there is no reverse name and no outside.
  const states = Object.fromEntries(
    (JSON.parse(seen.output) as { check: string; state: string }[]).map((one) => [
      one.check,
      one.state,
    ]),
  )
  for (const check of ['address', 'mx', 'spf', 'dmarc', 'tlsrpt', 'srv', 'autoconfig', 'caa'])
    assert.equal(states[check], 'good', check)
  assert.equal(states.ptr, 'bad')
  assert.equal(seen.status, 1)
  const spanish = await run(['doctor', '--lang', 'es', ...args])
  assert.match(spanish.output, /MAL +ptr/)
  assert.match(spanish.output, /arreglo +Pida al proveedor/)

  const again = await run(
    ['setup', 'tito@example.test', '--password-stdin', '--no-check', '-l', 'id'],
    'x\n',
  )
  assert.match(again.output, /Akun tito@example\.test sudah ada/)
  const other = await run(['setup', 'a@other.test', '--password-stdin', '--no-check'], 'x\n')
  assert.deepEqual([other.status, /not for other\.test/.test(other.errors)], [1, true])
  const wrong = await run(['setup', 'nobody', '--password-stdin'], 'x\n')
  assert.equal(wrong.status, 2)
})
