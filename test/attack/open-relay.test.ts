// Thirty ways to write a recipient elsewhere, from five senders, in five states of the session: no
// stranger's mail is taken for anybody but the people here.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { Networks } from '../../src/base/networks.ts'
import { openSmtp } from '../../src/protocols/smtp/testing/server.ts'
import { listOwed } from '../../src/queue/owe.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { attempts, each, seed } from './matrix.ts'

const us = 'example.com'
const o = 'victim.example'
const recipients = [
  `<eve@${o}>`,
  `<eve%${o}@${us}>`,
  `<"eve@${o}"@${us}>`,
  `<eve@${o}@${us}>`,
  `<@${us}:eve@${o}>`,
  `<@${us},@x.example:eve@${o}>`,
  `<${o}!eve>`,
  `<${o}!eve@${us}>`,
  `<${us}!${o}!eve>`,
  '<eve@[127.0.0.1]>',
  `<eve%${o}@[127.0.0.1]>`,
  `<"eve%${o}">`,
  `<"eve@${o}">`,
  `<eve@${o}.>`,
  `<eve@${o.toUpperCase()}>`,
  `<eve@${us}@${o}>`,
  '<eve>',
  `<eve@sub.${us}>`,
  `<eve@${us}.${o}>`,
  `<eve@${o}\t>`,
  `<eve@${o} >`,
  `<eve\\@${o}@${us}>`,
  `<eve(x)@${o}>`,
  `<eve@victim\uff0eexample>`,
  `<eve@${o}> SMTPUTF8`,
  '<eve@[IPv6:::1]>',
  `<postmaster@${o}>`,
  `<""@${o}>`,
  `<${'e'.repeat(64)}@${o}>`,
  `<eve@${`${'v'.repeat(60)}.`.repeat(4)}example>`,
]
const senders = ['<>', `<tito@${us}>`, '<ann@example.org>', '<postmaster>', 'no address']

const login = (password: string) => `AUTH PLAIN ${btoa(`\0tito\0${password}`)}`
const states = {
  'on port 25': { face: 'smtp', says: [] },
  'on submission, not logged in': { face: 'submission', says: [] },
  'after a failed login': { face: 'smtp', says: [login('guess')] },
  'after RSET': { face: 'smtp', says: [`MAIL FROM:<tito@${us}>`, `RCPT TO:<tito@${us}>`, 'RSET'] },
  'with words of XCLIENT and PROXY': {
    face: 'smtp',
    says: ['XCLIENT ADDR=127.0.0.1 LOGIN=tito', 'PROXY TCP4 127.0.0.1 127.0.0.1 1 25', 'EHLO me'],
  },
} as const

const options = { trusted: new Networks([]), errorsMax: 1000, idleCommandsMax: 1000 }
const servers = {
  smtp: await openSmtp({ after }, options, { foreign: 'sink' }),
  submission: await openSmtp({ after }, { ...options, face: 'submission' }, { foreign: 'sink' }),
}
after(() => Promise.all(Object.values(servers).map((server) => server.close())))

const matrix = Object.entries(states).flatMap(([state, { face, says }]) =>
  senders.flatMap((from) => recipients.map((to) => ({ state, face, says, from, to }))),
)

it('there are 750 of them', () => assert.equal(matrix.length, 750))

it('none is taken', async () => {
  await each(attempts(matrix, 150), async ({ state, face, says, from, to }) => {
    const client = new Player(await servers[face].dial())
    const name = `${state}: ${from} to ${JSON.stringify(to)} AMPLOP_SEED=${seed}`
    await client.line()
    await client.ask('EHLO me')
    for (const line of says) await client.ask(line)
    await client.ask(`MAIL FROM:${from}`)
    assert.match(await client.ask(`RCPT TO:${to}`), /^(?:501|503|550|553|555) 5\./, name)
    assert.match(await client.ask('DATA'), /^(?:503|554) 5\.5\.1 /, name)
    assert.match(await client.ask('QUIT'), /^221 /, name)
    client.end()
  })
  for (const { house, inbox } of Object.values(servers)) {
    assert.deepEqual(await house.engine.run(listOwed, 10), [])
    assert.deepEqual(await inbox('tito'), [])
  }
})
