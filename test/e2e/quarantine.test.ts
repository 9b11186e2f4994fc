// What a filter kept apart on a running server, as its owner decides on it.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { amplop } from '../support/running.ts'

it('amplop quarantine lists, shows, releases and drops', async (t) => {
  const folder = newFolder(t)
  const house = await openHouse(t, {
    folder,
    change: (settings) => ({
      ...settings,
      transform: { ...settings.transform, command: ['false'], on_failure: 'quarantine' },
    }),
  })
  const ids: string[] = []
  for (const subject of ['one', 'two']) {
    const reply = await house.send(['iqbal@example.com'], `Subject: ${subject}\r\n\r\nthe text\r\n`)
    ids.push(/^250 2\.0\.0 OK: queued as (\w+)/.exec(reply)?.[1] ?? reply)
  }
  const [one = '', two = ''] = ids
  assert.deepEqual(await house.inbox('iqbal'), [])
  const run = async (...args: string[]) => {
    const running = amplop(t, ['quarantine', ...args, '--data', folder])
    const status = await running.ended
    return { status, output: running.output() }
  }
  const list = await run('list')
  assert.equal(list.status, 0)
  assert.match(list.output, new RegExp(`${two}.*two .*transform: false failed with status 1`))
  assert.match(list.output, new RegExp(`${one}.*ann@example\\.org +iqbal@example\\.com`))
  assert.equal((await run('show', one)).output, 'the text\n')
  assert.match((await run('release', one)).output, new RegExp(`^released ${one} as \\w+\n$`))
  const bodies = (await house.inbox('iqbal')).map(String)
  assert.deepEqual(bodies, ['Subject: one\r\n\r\nthe text\r\n'])
  assert.equal((await run('drop', two)).output, `dropped ${two}\n`)
  const again = await run('release', two)
  assert.equal(again.status, 1)
  assert.match(again.output, new RegExp(`nothing is kept apart as ${two}`))
})
