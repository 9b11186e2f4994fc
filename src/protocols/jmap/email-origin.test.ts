import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { silentLog } from '../../base/log.ts'
import type { Check } from '../../delivery/checks/check.ts'
import { SpamSorter } from '../../delivery/spam/spam-sorter.ts'
import { send, stranger } from '../../delivery/testing/house.ts'
import { openJmap } from './testing/server.ts'

type Opinion = Extract<Awaited<ReturnType<Check['look']>>, { readonly origin?: unknown }>

const forged: NonNullable<Opinion['origin']> = {
  iprev: { result: 'pass', name: 'mail.example.net' },
  spf: { result: 'fail', domain: 'example.net', why: '-all', explanation: '' },
  identity: 'mailfrom',
  dkim: [],
  arc: { result: 'none', instances: 0, sealers: [], seen: '', why: '' },
  dmarc: {
    ...({ result: 'none', from: 'example.net', domain: '', policy: 'none' } as const),
    ...{ testing: false, reportTo: [], spfAligned: false, dkimAligned: false, why: '' },
  },
}

/** A house that judges what comes, as if all of it were forged. */
async function judging(t: TestContext) {
  const late: { sorter?: SpamSorter } = {}
  const look: Check['look'] = async () => ({ is: 'taken', said: 'looked at', origin: forged })
  const jmap = await openJmap(t, {
    checks: [{ name: 'trust', look }],
    sorters: [
      {
        sort: (share) => {
          assert.ok(late.sorter)
          return late.sorter.sort(share)
        },
      },
    ],
  })
  const ports = { engine: jmap.house.engine, log: silentLog, now: Date.now }
  const rules = { threshold: 5, points: {} }
  late.sorter = new SpamSorter(ports, () => ({ enabled: true, rules }))
  return jmap
}

test('an email says what proved its origin, and why it is junk', async (t) => {
  const jmap = await judging(t)
  const tito = jmap.client('tito')
  const text = 'From: <ana@example.net>\r\nSubject: Hi\r\n\r\nHello\r\n'
  const trace = await send(jmap.house, ['tito@example.com'], text, stranger)
  const { ids } = await tito.call('Email/query', {})
  const ask = async () => (await tito.call('EmailOrigin/get', { ids })).list[0]
  let origin = await ask()
  // Mail does not wait for the verdict to be kept.
  for (let asked = 0; asked < 1000 && origin.spam === null; asked++) {
    await nextTurn()
    origin = await ask()
  }
  assert.deepEqual([origin.id, origin.traceId], [ids[0], trace.id])
  const { spf, dkim, arc, dmarc } = origin.authentication
  assert.deepEqual(spf, { result: 'fail', domain: 'example.net', why: '-all' })
  assert.deepEqual([dkim, arc.result], [[], 'none'])
  assert.deepEqual([dmarc.result, dmarc.domain], ['none', 'example.net'])
  const { junk, score, threshold, reasons, otherwise } = origin.spam
  assert.deepEqual([junk, score, threshold], [true, 7, 5])
  assert.match(reasons[0].text, /^nothing proves that it comes from example\.net/)
  assert.match(otherwise, /^It would have gone to Inbox if /)
  const { list } = await tito.call('EmailOrigin/get', { ids, properties: ['traceId'] })
  assert.deepEqual(list, [{ id: ids[0], traceId: trace.id }])
})

test('an email says how it came, and of other recipients nothing', async (t) => {
  const jmap = await judging(t)
  const tito = jmap.client('tito')
  const text = 'From: <ana@example.net>\r\nSubject: Hi\r\n\r\nHello\r\n'
  await send(jmap.house, ['tito+x@example.com', 'iqbal@example.com'], text, stranger)
  const { ids } = await tito.call('Email/query', {})
  const [{ journey }] = (await tito.call('EmailOrigin/get', { ids })).list
  assert.deepEqual([journey.protocol, journey.address], [stranger.protocol, stranger.address])
  assert.deepEqual(
    journey.recipients.map(({ address }: { address: string }) => address),
    ['tito+x@example.com'],
  )
  assert.match(journey.reply, /^250 2\.0\.0/)
  assert.doesNotMatch(JSON.stringify(journey), /iqbal/)
})

test('what did not come in here, and what is of others, has no origin', async (t) => {
  const jmap = await judging(t)
  const [tito, iqbal] = [jmap.client('tito'), jmap.client('iqbal')]
  const letter = 'From: <ana@example.net>\r\nMessage-ID: <a@example.net>\r\n\r\nHello\r\n'
  const trace = await send(jmap.house, ['tito@example.com'], letter, stranger)
  const { ids } = await tito.call('Email/query', {})
  const received = `Received: from x ([192.0.2.1]) by mail.example.com with ESMTP id ${trace.id};\r\n`
  const imported = await iqbal.deliver(received + letter)
  const asked = [...ids, imported, 'no such']
  const { list, notFound } = await iqbal.call('EmailOrigin/get', { ids: asked })
  assert.deepEqual([list, notFound], [[], asked])
  assert.equal((await tito.call('EmailOrigin/get', {})).error.type, 'invalidArguments')
})
