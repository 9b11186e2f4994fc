import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../base/testing/property.ts'
import { openJmap } from './testing/server.ts'
import { Views } from './views.ts'

const none = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }
const boxes = ['inbox', 'archive', 'trash', 'drafts']
const keywords = ['$seen', '$draft', '$flagged']

const step = fc.record({
  what: fc.constantFrom('deliver', 'deliver', 'reply', 'move', 'also', 'mark', 'destroy', 'delete'),
  which: fc.nat(20),
  box: fc.constantFrom(...boxes),
  keyword: fc.constantFrom(...keywords),
  on: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** The same by date, in whatever order the emails were heard of. */
function pictureOf({ view }: Awaited<ReturnType<Views['of']>>) {
  const shown = (indexes: readonly number[]) =>
    indexes
      .filter((at) => view.isThere(at))
      .map((at) => {
        const places = view.boxes[at]!.map((box) => view.mailboxes[box]).sort()
        return [view.email[at], view.flags[at], view.receivedAt[at], places]
      })
  const threads = [...view.threads].map(([id, indexes]) => [
    id,
    indexes.map((at) => view.email[at]),
  ])
  const inInbox = view
    .oldestFirst('sentAt', view.boxOf('inbox'))
    .filter((at) => view.boxes[at]!.includes(view.boxOf('inbox')))
  return {
    all: shown(view.oldestFirst('receivedAt', undefined)),
    inbox: shown(inInbox),
    threads: threads.sort(([a], [b]) => Number(a) - Number(b)),
  }
}

test('a view that follows the log is the one that is made anew, whatever happened', async (t) => {
  const jmap = await openJmap(t)
  const { ports } = jmap
  const views = new Views(ports)
  let ids: string[] = []
  let number = 0
  const tito = jmap.client('tito')
  const letter = (of: number) => {
    number++
    const head = `From: a@example.net\r\nSubject: s\r\nMessage-ID: <${number}@example.net>`
    return `${head}\r\nIn-Reply-To: <${of}@example.net>\r\n\r\n${number}\r\n`
  }
  const change = (id: string, patch: object) => tito.call('Email/set', { update: { [id]: patch } })
  const take = async ({ what, which, box, keyword, on }: Step) => {
    const id = ids[which % Math.max(1, ids.length)] ?? ''
    const receivedAt = new Date(1_700_000_000_000 + (which % 5) * 1000).toISOString()
    const place = { mailboxIds: { [box]: true }, keywords: on ? { [keyword]: true } : {} }
    const more = { ...place, receivedAt: receivedAt.replace('.000', '') }
    if (what === 'deliver') ids.push(await tito.deliver(letter(0), more))
    if (what === 'reply') ids.push(await tito.deliver(letter(number), more))
    if (what === 'move') await change(id, { mailboxIds: { [box]: true } })
    if (what === 'also') await change(id, { [`mailboxIds/${box}`]: true })
    if (what === 'mark') await change(id, { [`keywords/${keyword}`]: on ? true : null })
    if (what === 'destroy') {
      await tito.call('Email/set', { destroy: [id] })
      ids = ids.filter((each) => each !== id)
    }
    if (what === 'delete') {
      // As IMAP does it: marked, and still there.
      const place = { account: tito.account, mailbox: box }
      const flags = { mode: on ? 'add' : 'remove', flags: ['\\Deleted'] } as const
      await ports.messages.setFlags({ ...place, uids: [[1, which]], ...flags })
    }
  }
  const turn = fc.array(step, { minLength: 1, maxLength: 5 })
  const run = fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 4 }), async (turns) => {
    for (const steps of turns) {
      for (const each of steps) await take(each)
      const list = await ports.mailboxes.list(tito.account)
      const told = await views.counts(tito.account, list)
      const right = await new Views(ports).counts(tito.account, list)
      for (const { id } of list) assert.deepEqual(told(id) ?? none, right(id) ?? none, id)
      const anew = pictureOf(await new Views(ports).of(tito.account))
      assert.deepEqual(pictureOf(await views.of(tito.account)), anew)
    }
  })
  await fc.assert(run, { numRuns: 20 })
})
