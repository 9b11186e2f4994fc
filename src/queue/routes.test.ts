// Which route a message takes, and what a hop's words mean on the way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consignment, Courier } from './courier.ts'
import type { Hop, HopResult } from './hop.ts'
import { HopCourier, type Route, Routes } from './routes.ts'
import type { Outgoing } from './transport.ts'

const mail: Outgoing = {
  from: { local: 'tito', domain: 'news.example' },
  to: [
    { local: 'a', domain: 'x.test' },
    { local: 'b', domain: 'x.test' },
  ],
  body: async function* () {},
  ...{ size: 0, smtpUtf8: false },
}

function consigned(destination: string, attempts = 0, from = mail.from): Consignment {
  return { message: 'm', destination, attempts, mail: { ...mail, from } }
}

test('the first route that fits counts, by recipient, sender and attempt', async () => {
  const taken: string[] = []
  const courier = (name: string): Courier => ({
    async deliver({ source = '' }) {
      taken.push(`${name} ${source}`.trim())
      return { tried: [], recipients: [], unreachable: false, failure: '' }
    },
  })
  const any = { to: [], from: [], attempt: 1 }
  const routes: Route[] = [
    { ...any, to: ['x.test'], attempt: 3, courier: courier('third') },
    { ...any, to: ['x.test', '.y.test'], courier: courier('xy') },
    { ...any, from: ['news.example'], courier: undefined, source: '192.0.2.7' },
    { ...any, attempt: 2, courier: courier('second') },
  ]
  const all = new Routes(routes, courier('usual'))
  const other = { local: 'ana', domain: 'else.example' }
  for (const one of [
    consigned('x.test'),
    consigned('x.test', 1),
    consigned('x.test', 2),
    consigned('a.y.test'),
    consigned('y.test'),
    consigned('z.test', 0, other),
    consigned('z.test', 1, other),
    consigned('z.test', 0, null),
  ])
    await all.deliver(one)
  const usual = ['usual 192.0.2.7', 'usual', 'second', 'usual']
  assert.deepEqual(taken, ['xy', 'xy', 'third', 'xy', ...usual])
})

test('without a way mail waits', async () => {
  const { recipients, unreachable, failure } = await new Routes([]).deliver(consigned('x.test'))
  assert.deepEqual(
    recipients.map(({ code }) => code),
    [0, 0],
  )
  assert.equal(unreachable, true)
  assert.equal(failure, 'no route leads there')
})

const hop: Hop = {
  ...{ name: 'hub.test', address: 'hub.test', port: 25, tlsKey: 'route 0' },
  tls: { is: 'verified' },
}

function through(result: Partial<HopResult>): HopCourier {
  const reply = { code: 250, status: '2.0.0', text: 'Taken' }
  const send = async (_: Hop, { to }: Outgoing): Promise<HopResult> => ({
    ...{ hop: '192.0.2.1:25', tls: 'TLSv1.3', failure: '', stage: 'message', doubtful: false },
    ...{ passedOn: false, recipients: to.map((address) => ({ address, ...reply })) },
    ...result,
  })
  return new HopCourier({ send, close: async () => {} }, hop, () => 1)
}

test('what a hop says of the message is the outcome; what it says of us is for later', async () => {
  const taken = await through({ passedOn: true }).deliver(consigned('x.test'))
  assert.equal(taken.recipients[1]?.code, 250)
  assert.equal(taken.passedOn, true)
  const { host, said, policy } = taken.tried[0]!
  assert.deepEqual([host, said, policy], ['hub.test', '250 2.0.0 Taken', 'route'])
  const refusal = { code: 535, status: '5.7.8', text: 'Wrong password' }
  const recipients = mail.to.map((address) => ({ address, ...refusal }))
  const shut = await through({ stage: 'greeting', recipients }).deliver(consigned('x.test'))
  assert.deepEqual(
    shut.recipients.map(({ code }) => code),
    [0, 0],
  )
  assert.equal(shut.unreachable, true)
  assert.equal(shut.failure, '535 5.7.8 Wrong password')
  const refused = await through({ recipients }).deliver(consigned('x.test'))
  assert.deepEqual(
    refused.recipients.map(({ code }) => code),
    [535, 535],
  )
  assert.equal(refused.unreachable, false)
})
