// What the log says of start and end, and what becomes of clients when the program is told to stop.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { peopled, serve } from '../support/served.ts'

it('T003-26 start and stop are logged; SIGTERM lets a transaction end and exits with 0', async (t) => {
  const folder = await peopled(t)
  const { running, smtp } = await serve(t, folder)
  const busy = await smtp()
  const idle = await smtp()
  assert.match(await idle.ask('EHLO me'), /^250-/)
  for (const line of ['EHLO me', 'MAIL FROM:<ann@example.org>', 'RCPT TO:<tito>', 'DATA'])
    assert.match(await busy.ask(line), /^[23]/)
  await busy.write('Subject: last\r\n')
  const ended = running.stop('SIGTERM')
  assert.match(await idle.line(), /^421 4\.3\.2 /)
  assert.match(await busy.ask('\r\ntext\r\n.'), /^250 2\.0\.0 OK: queued as /)
  assert.match(await busy.line(), /^421 4\.3\.2 /)
  assert.equal(await ended, 0)
  const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n')
  const said = lines.map((line) => (JSON.parse(line) as { event: string }).event)
  assert.equal(said.filter((event) => event === 'started').length, 1)
  assert.equal(said.at(-1), 'stopped')
  assert.ok(said.includes('accepted'))
})
