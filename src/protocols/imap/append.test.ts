// APPENDs that come without waiting for each other's answers: on their way to the disk together,
// answered in their order, and over before any other command begins.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Player } from '../../wire/testing/transcript.ts'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

const message = 'Subject: one\r\n\r\ntext\r\n'

function append(tag: string, mailbox = 'INBOX'): string {
  return `${tag} APPEND ${mailbox} {${message.length}+}\r\n${message}\r\n`
}

async function linesUntil(client: Player, tag: string): Promise<string[]> {
  const lines: string[] = []
  do lines.push(await client.line())
  while (!lines.at(-1)?.startsWith(`${tag} `))
  return lines.map((line) => line.replace(/ \d{6,} /, ' V '))
}

async function loggedIn(): Promise<Player> {
  await server.renew()
  const client = await server.client()
  await client.write('a LOGIN tito amplop\r\n')
  await linesUntil(client, 'a')
  return client
}

test('pipelined APPENDs are answered in their order, those that fail among them', async () => {
  const client = await loggedIn()
  const burst = [
    append('m1'),
    append('m2', 'nowhere'),
    append('m3'),
    'm4 APPEND INBOX {0+}\r\n\r\n',
  ]
  await client.write([...burst, append('m5')].join(''))
  const told = (await linesUntil(client, 'm5')).filter((line) => /^m\d/.test(line))
  assert.deepEqual(
    told.map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['m1 OK', 'm2 NO', 'm3 OK', 'm4 NO', 'm5 OK'],
  )
  assert.match(told[4] ?? '', /APPENDUID V 3\]/)
  client.end()
})

test('a command behind pipelined APPENDs finds all of them done', async () => {
  const client = await loggedIn()
  const many = Array.from({ length: 40 }, (_, n) => append(`m${n}`))
  await client.write(`${many.join('')}s STATUS INBOX (MESSAGES)\r\n`)
  const lines = await linesUntil(client, 's')
  const tags = lines.filter((line) => /^m\d/.test(line)).map((line) => line.split(' ')[0])
  assert.deepEqual(
    tags,
    many.map((_, n) => `m${n}`),
  )
  assert.equal(lines.at(-2), '* STATUS INBOX (MESSAGES 40)')
  client.end()
})

test('into the selected mailbox, EXISTS counts up to what was answered, and never back', async () => {
  const client = await loggedIn()
  await client.write(`b SELECT INBOX\r\n`)
  await linesUntil(client, 'b')
  const many = Array.from({ length: 20 }, (_, n) => append(`m${n}`))
  await client.write(many.join(''))
  let exists = 0
  for (const line of await linesUntil(client, 'm19')) {
    const told = /^\* (\d+) EXISTS/.exec(line)
    if (told) {
      assert.ok(Number(told[1]) > exists)
      exists = Number(told[1])
    } else {
      const answered = Number(/^m(\d+) OK/.exec(line)?.[1])
      assert.ok(exists > answered, `${line} before its EXISTS`)
    }
  }
  assert.equal(exists, 20)
  client.end()
})
