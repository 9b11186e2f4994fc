// Filters by the command line, and by sieve-connect, a ManageSieve client of its own making.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { runProgram } from '../../src/cli/testing/program.ts'
import { program } from '../support/debian.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'

const client = await program('sieve-connect')
const house = await openHouse({ after })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const folder = newFolder({ after })

const letter = (subject: string) =>
  `From: iqbal@example.com\r\nTo: tito@example.com\r\nSubject: ${subject}\r\n\r\nhello\r\n`

async function amplop(t: Parameters<typeof runProgram>[0], ...args: readonly string[]) {
  const env = { AMPLOP_DATA: house.started.folder }
  const { status, output, errors } = await runProgram(t, args, { env })
  return { status, said: output + errors }
}

async function countIn(name: string): Promise<number> {
  const { id } = await rooms.accounts.show('tito@example.com')
  return (await rooms.mailboxes.select(id, name))?.box.messages ?? 0
}

describe('filters of an account', () => {
  it('are set in sentences by the command line, beside a script', async (t) => {
    const tito = 'tito@example.com'
    const sentence = 'if subject contains report then move to Work/New, star'
    const added = await amplop(t, 'rule', 'add', tito, sentence, '--name', 'Reports')
    assert.equal(added.status, 0, added.said)
    const away = await amplop(t, 'vacation', 'set', tito, '--subject', 'Away', '--text', 'Later')
    assert.match(away.said, /^who writes is answered\nsubject: Away\nLater\n/)
    await house.send([tito], letter('a report'), 'iqbal@example.com')
    assert.equal(await countIn('Work/New'), 1)
    const traces = await rooms.traces.list({ limit: 10 })
    const said = traces.flatMap(({ steps }) => steps.map((step) => step.said)).join('\n')
    assert.match(said, /filed into Work\/New by the rule 'Reports'; answered to iqbal@example\.com/)
    const listed = await amplop(t, 'rule', 'list', tito)
    assert.match(
      listed.said,
      /Reports +yes +if subject contains report then move to Work\/New, star/,
    )
    const [id = ''] = /^0\w+/m.exec(listed.said) ?? []
    const ran = await amplop(t, 'rule', 'run', tito, id, '--mailbox', 'Work/New')
    assert.equal(ran.said, '0 of 1 messages changed\n')
  })

  const skip = client === undefined ? 'no sieve-connect here' : false
  it('are kept by sieve-connect', { skip }, async () => {
    const file = join(folder, 'work.sieve')
    const login = ['--user', 'tito@example.com', '--passwordfd', '0', '--notlsverify']
    const where = ['--server', '127.0.0.1', '--port', `${house.port('sieve')}`, '--4', ...login]
    const sieve = (...args: readonly string[]) => run(client!, [...where, ...args], 'amplop\n')
    writeFileSync(file, 'require "fileinto"; fileinto "Nowhere"')
    const wrong = await sieve('--localsieve', file, '--upload')
    assert.notEqual(wrong.status, 0)
    writeFileSync(file, 'require ["fileinto", "mailbox"];\nfileinto :create "Sieved";\n')
    const kept = await sieve('--localsieve', file, '--remotesieve', 'work', '--upload')
    assert.equal(kept.status, 0, kept.stderr)
    assert.equal((await sieve('--remotesieve', 'work', '--activate')).status, 0)
    assert.match((await sieve('--list')).stdout, /"work" ACTIVE/)
    await house.send(['tito@example.com'], letter('sieved'), 'iqbal@example.com')
    assert.equal(await countIn('Sieved'), 1)
    const shown = await sieve('--remotesieve', 'work', '--download', '--localsieve', '-')
    assert.match(shown.stdout + shown.stderr, /fileinto :create "Sieved"/)
    assert.equal((await sieve('--deactivate')).status, 0)
    assert.equal((await sieve('--remotesieve', 'work', '--delete')).status, 0)
  })
})
