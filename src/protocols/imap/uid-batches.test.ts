// UIDBATCHES of a mailbox with many messages, some of them gone: RFC 10022 §3.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

test('batches have as many messages as was asked for, the newest first, without a gap', async () => {
  const client = await server.client()
  const ask = async (command: string) => {
    await client.write(`t ${command}\r\n`)
    for (let told = ''; ; ) {
      const line = await client.line()
      if (/^(?:t |<)/.test(line)) return `${told}${line}`
      if (line.startsWith('* UIDBATCHES')) told = `${line}\n`
    }
  }
  await ask('LOGIN tito amplop')
  await ask(`APPEND INBOX${' {6+}\r\nA: b\r\n'.repeat(1_701)}`)
  await ask('SELECT INBOX')
  await ask('STORE 101:300,1701 +FLAGS.SILENT (\\Deleted)')
  await ask('EXPUNGE')
  const done = '\nt OK Batches told'
  const all = '1700:1201,1200:701,700:1'
  assert.equal(await ask('UIDBATCHES 500'), `* UIDBATCHES (TAG "t") ${all}${done}`)
  assert.equal(
    await ask('UIDBATCHES 700'),
    `* UIDBATCHES (TAG "t") 1700:1001,1000:101,100:1${done}`,
  )
  assert.equal(await ask('UIDBATCHES 500 2:3'), `* UIDBATCHES (TAG "t") 1200:701,700:1${done}`)
  assert.equal(await ask('UIDBATCHES 500 4:9'), `* UIDBATCHES (TAG "t")${done}`)
  assert.equal(await ask('UIDBATCHES 1500'), `* UIDBATCHES (TAG "t") 1700:1${done}`)
  client.end()
})
