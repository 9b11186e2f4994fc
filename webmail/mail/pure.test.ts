import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentence } from './activity.js'
import { addresses, isAddress, line } from './addresses.js'
import { Places, stretches } from './groups.js'
import { writerFor } from './identities.js'
import { eventIn } from './invite.js'
import { keywordOf } from './labels.js'
import { takenFor } from './likeness.js'
import { mboxEntry, messagesOf } from './mbox.js'
import { oneAtATime } from './one-at-a-time.js'
import { matching } from './palette.js'
import { People } from './people.js'
import { inOrder } from './rail.js'
import { filterOf, termsOf } from './search.js'
import { Selection } from './selection.js'
import { laterTimes } from './sending.js'
import { timesAt } from './snooze.js'
import { judgement } from './trust-line.js'

test('a search means the same in three languages', () => {
  const known = { outside: ['trash'], labels: [{ keyword: 'work', name: 'Kerja' }] }
  const said = [
    'from:ann report has:attachment is:unread -draft',
    'dari:ann report ada:lampiran adalah:belum-dibaca -draft',
    'de:ann report con:adjunto es:no-leido -draft',
  ]
  const [first, ...others] = said.map((text) => filterOf(text, known))
  for (const other of others) assert.deepEqual(other, first)
  assert.deepEqual(first?.conditions, [
    { from: 'ann' },
    { text: 'report' },
    { hasAttachment: true },
    { notKeyword: '$seen' },
    { operator: 'NOT', conditions: [{ text: 'draft' }] },
    { inMailboxOtherThan: ['trash'] },
  ])
  assert.deepEqual(filterOf('label:Kerja', known).conditions[0], { hasKeyword: 'work' })
})

test('what says nothing yet filters nothing, and what is no operator is a word', () => {
  const filter = (text: string) => filterOf(text, { outside: [] }).conditions
  assert.deepEqual(filter('dari:'), [])
  assert.deepEqual(filter('https://example.org'), [{ text: 'https://example.org' }])
  assert.deepEqual(filter('12:30'), [{ text: '12:30' }])
  assert.deepEqual(filter('larger:2m'), [{ minSize: 2_000_000 }])
  assert.deepEqual(filter('"two words"'), [{ text: '"two words"' }])
  assert.equal(termsOf('before:2026-11').length, 1)
  assert.match(String((filter('before:2026-11')[0] as { before: string }).before), /Z$/)
})

test('a search in one mailbox leaves the others out, also when it is named', () => {
  const boxes = [{ id: 'i', name: 'Inbox', shown: 'Kotak masuk' }]
  assert.deepEqual(filterOf('a', { outside: ['t'], inside: 'i' }).conditions[1], { inMailbox: 'i' })
  assert.deepEqual(filterOf('in:inbox', { outside: ['t'], boxes }).conditions, [{ inMailbox: 'i' }])
})

test('rows and headings lie one below the other without a gap', () => {
  const places = new Places()
  places.setHeads([
    ['today', 2],
    ['yesterday', 2],
    ['week', 5],
    ['older', 9],
  ])
  assert.deepEqual(places.heads, [
    { at: 0, name: 'today' },
    { at: 2, name: 'week' },
    { at: 5, name: 'older' },
  ])
  for (let row = 0; row < 8; row++) {
    const head = places.heads.some(({ at }) => at === row + 1) ? places.headPx : 0
    assert.equal(places.top(row + 1) - places.top(row), places.rowPx + head)
    assert.equal(places.rowAt(places.top(row)), row)
    assert.equal(places.rowAt(places.top(row) + places.rowPx - 1), row)
  }
  assert.equal(places.height(9), 9 * 72 + 3 * 28)
})

test('each stretch of days begins at a midnight', () => {
  const now = Date.UTC(2026, 10, 29, 13)
  for (const [, from] of stretches(now).slice(0, -1))
    assert.equal(new Date(from).getHours() + new Date(from).getMinutes(), 0)
})

test('a selection goes from the one that was chosen last to where one points', () => {
  let told = 0
  const selection = new Selection(() => told++)
  const at = (place: number) => ({ id: `e${place}` })
  selection.toggle(at(2), 2)
  selection.extend(5, at)
  assert.deepEqual(selection.emails.map(({ id }) => id).sort(), ['e2', 'e3', 'e4', 'e5'])
  selection.toggle(at(3), 3)
  assert.equal(selection.size, 3)
  selection.selectEverything()
  assert.ok(selection.has('never seen'))
  selection.clear()
  assert.equal(selection.size + Number(selection.everything), 0)
  assert.equal(told, 5)
})

test('a label has a keyword that a mail program may keep, and no two have the same', () => {
  assert.equal(keywordOf('Kuliah S1!', []), 'kuliah-s1')
  assert.equal(keywordOf('Kuliah S1', [{ keyword: 'kuliah-s1' }]), 'kuliah-s1-2')
  assert.equal(keywordOf('重要', []), 'label-1')
})

test('commands are found by any of their words, and those that begin so come first', () => {
  const commands = ['Go to Archive', 'Archive', 'Añadir'].map((label) => ({ label, act() {} }))
  assert.deepEqual(
    matching(commands, 'arch').map(({ label }) => label),
    ['Go to Archive', 'Archive'],
  )
  assert.equal(matching(commands, 'anad')[0]?.label, 'Añadir')
  assert.equal(matching(commands, 'zzz').length, 0)
})

test('mailboxes are a tree, those with a role first', () => {
  const box = (id: string, role: string | null, parentId: string | null = null) => ({
    ...{ id, role, parentId, name: id, sortOrder: 0 },
  })
  const boxes = [box('b', null), box('a', null), box('t', 'trash'), box('i', 'inbox')]
  const found = inOrder([...boxes, box('c', null, 'a')])
  assert.deepEqual(
    found.map(({ id, depth }) => `${id}${depth}`),
    ['i0', 't0', 'a0', 'c1', 'b0'],
  )
})

test('an mbox is taken apart as it was put together', () => {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
  const first = bytes('Subject: a\r\n\r\nFrom me\r\n>From you\r\n\xe9\r\n')
  const second = bytes('Subject: b\r\n\r\nb')
  const both = [first, second].map((each) => mboxEntry('a@b', '2026-11-29T10:00:00Z', each))
  const whole = new Uint8Array(Buffer.concat(both))
  assert.match(Buffer.from(whole).toString('latin1'), /^From a@b Sun Nov 29 10:00:00 2026\n/)
  const texts = messagesOf(whole).map((each) => Buffer.from(each).toString('latin1'))
  assert.deepEqual(texts, ['Subject: a\n\nFrom me\n>From you\n\xe9\n', 'Subject: b\n\nb\n'])
  assert.deepEqual(messagesOf(first), [first])
  assert.deepEqual(messagesOf(new Uint8Array(0)), [])
})

test('people are offered by the beginning of any word, those in the address book first', () => {
  const people = new People(undefined)
  people.meet([{ from: [{ name: 'Budi Santoso', email: 'budi@example.org' }], to: null, cc: null }])
  assert.deepEqual(people.suggest('san'), [
    { name: 'Budi Santoso', email: 'budi@example.org', rank: 0 },
  ])
  assert.deepEqual(people.suggest('antos'), [])
  assert.equal(people.knows('budi@example.org'), false)
})

test('the times that are offered to put mail off lie ahead, each after the other', () => {
  for (const day of [23, 24, 25, 26, 27, 28, 29])
    for (const hour of [0, 7, 9, 13, 16, 17, 18, 23]) {
      const now = new Date(2026, 10, day, hour, 20)
      const times = timesAt(now)
      assert.ok(times.length >= 2, String(now))
      assert.ok(
        times.every(([, time]) => time.getTime() > now.getTime()),
        String(now),
      )
      const names = times.map(([name]) => name)
      assert.ok(names.includes('tomorrow'))
      assert.deepEqual(
        times.map(([, time]) => time.getTime()),
        [...new Set(times.map(([, time]) => time.getTime()))].sort((a, b) => a - b),
      )
      const [, next] = times.find(([name]) => name === 'nextWeek') ?? []
      assert.equal(next ? next.getDay() : now.getDay() + 1, 1)
    }
})

test('an activity is told in a sentence', () => {
  Object.assign(globalThis, { document: { documentElement: { lang: 'en' } } })
  const boxes = [{ id: 'a', role: 'archive', name: 'Archive' }]
  const said = (change: object, what = 'changed') =>
    sentence({ what, count: 3, change }, boxes, [{ keyword: 'work', name: 'Work' }])
  assert.equal(said({ mailboxIds: { a: true } }), 'Moved 3 to Archive.')
  assert.equal(said({ 'mailboxIds/a': true, 'mailboxIds/inbox': null }), 'Moved 3 to Archive.')
  assert.equal(said({ 'keywords/$seen': true }), 'Marked 3 as read.')
  assert.equal(said({ 'keywords/work': null }), 'Took the label Work from 3.')
  assert.equal(said({ destroy: true }, 'bulk'), 'Moved 3 to Trash.')
  assert.equal(said({}, 'destroyed'), 'Deleted 3 for good.')
})

test('work that is asked for while it runs runs once more, not as often as it was asked for', async () => {
  const open: (() => void)[] = []
  let ran = 0
  const go = oneAtATime(() => {
    ran++
    return new Promise<void>((resolve) => open.push(resolve))
  })
  const first = go()
  const later = [go(), go(), go()]
  open.shift()?.()
  await first
  await Promise.resolve()
  for (let turn = 0; turn < 10 && open.length === 0; turn++) await Promise.resolve()
  open.shift()?.()
  await Promise.all(later)
  assert.equal(ran, 2)
})
test('addresses are read as people write them, and written so that they are read again', () => {
  const text = 'Ann <ann@a.example>, "Bo, Jr." <bo@b.example>; cy@c.example\ndi@d.example'
  const found = addresses(text)
  assert.deepEqual(
    found.map(({ name, email }) => `${name} ${email}`),
    ['Ann ann@a.example', 'Bo, Jr. bo@b.example', 'null cy@c.example', 'null di@d.example'],
  )
  assert.deepEqual(addresses(line(found)), found)
  for (const good of [
    'a@b',
    'a+b@c.example',
    'ñ@müller.example',
    '"a b"@c.example',
    'a@[127.0.0.1]',
  ])
    assert.ok(isAddress(good), good)
  for (const bad of [
    'a',
    '@b',
    'a@',
    'a b@c.example',
    'a@b..c',
    'a@-b.example',
    'a@b.example>',
    'a@b@c',
  ])
    assert.ok(!isAddress(bad), bad)
})

test('a domain that is made to be taken for another is told, one that is another is not', () => {
  const known = ['example.com', 'bankmandiri.co.id', 'pens.ac.id']
  for (const [domain, other] of [
    ['exarnple.com', 'example.com'],
    ['examp1e.com', 'example.com'],
    ['exаmple.com', 'example.com'],
    ['exmaple.com', 'example.com'],
    ['bankmandirii.co.id', 'bankmandiri.co.id'],
    ['bankmandiri.co.id.evil.example', 'bankmandiri.co.id'],
  ])
    assert.equal(takenFor(String(domain), known), other, String(domain))
  for (const fine of ['example.com', 'mail.example.com', 'example.org', 'gmail.com', 'its.ac.id'])
    assert.equal(takenFor(fine, known), undefined, fine)
})

test('an answer is from the address that the letter came to', () => {
  const identities = [
    { id: 'own', email: 'tito@example.com' },
    { id: 'x', email: 'sales@example.com' },
  ].map((each) => ({ ...each, name: '', replyTo: null, textSignature: '', htmlSignature: '' }))
  const to = (email: string, more = {}) =>
    writerFor({ to: [{ email }], ...more }, identities)?.email
  assert.equal(to('sales@example.com'), 'sales@example.com')
  assert.equal(to('Tito+news@example.com'), 'Tito+news@example.com')
  assert.equal(to('list@lists.example'), undefined)
  const delivered = { 'header:Delivered-To:asAddresses:all': [[{ email: 'sales@example.com' }]] }
  assert.equal(to('list@lists.example', delivered), 'sales@example.com')
})

test('tomorrow and Monday are mornings to come, also on a Monday', () => {
  const { tomorrow, monday } = laterTimes(new Date(2026, 10, 30, 9, 0))
  assert.equal(tomorrow.getTime(), new Date(2026, 11, 1, 8, 0).getTime())
  assert.equal(monday.getTime(), new Date(2026, 11, 7, 8, 0).getTime())
})

test('an invitation says what, when and where, folded and escaped as calendars are', () => {
  const text = [
    ...['BEGIN:VCALENDAR', 'METHOD:REQUEST', 'BEGIN:VEVENT', 'SUMMARY:Rapat\\, proyek', ' baru'],
    ...['DTSTART;TZID="Asia/Jakarta":20261201T090000', 'DTEND:20261201T030000Z'],
    ...[
      'ORGANIZER;CN="Siti; R":mailto:siti@example.com',
      'LOCATION:A',
      'END:VEVENT',
      'END:VCALENDAR',
    ],
  ].join('\r\n')
  const event = eventIn(text)
  assert.equal(event?.summary, 'Rapat, proyekbaru')
  assert.equal(event?.start?.zone, 'Asia/Jakarta')
  assert.equal(event?.end?.at.toISOString(), '2026-12-01T03:00:00.000Z')
  assert.equal(event?.organiser, 'Siti; R')
  assert.equal(eventIn('BEGIN:VCALENDAR'), undefined)
  assert.equal(eventIn('BEGIN:VEVENT\nSUMMARY:x\nDTSTART;VALUE=DATE:20261201')?.start?.day, true)
})

test('what is known of a sender is said, the gravest first', () => {
  globalThis.document ??= { documentElement: { lang: 'en' } } as never
  const people = { domains: new Set(['bank.example']) }
  const proof = (dmarc: string, spf = 'none') => ({
    authentication: {
      ...{ dmarc: { result: dmarc }, dkim: [], spf: { result: spf, domain: 'bank.example' } },
    },
  })
  const states = (from: object, origin: unknown, more = {}) =>
    judgement(
      { from: [from], ...more },
      { origin, first: false, people, own: 'tito@example.com' },
    ).map(({ state }) => state)
  const bank = { name: 'Bank', email: 'a@bank.example' }
  assert.deepEqual(states(bank, proof('pass')), ['good'])
  assert.deepEqual(states(bank, proof('none', 'pass')), ['good'])
  assert.deepEqual(states(bank, proof('none')), ['note'])
  assert.deepEqual(states(bank, proof('fail')), ['bad'])
  assert.deepEqual(states(bank, undefined), [])
  assert.deepEqual(states({ email: 'a@bamk.example' }, proof('pass')), ['bad', 'good'])
  assert.deepEqual(states({ name: 'x@bank.example', email: 'a@b.example' }, undefined), ['bad'])
  const elsewhere = { replyTo: [{ email: 'a@other.example' }] }
  assert.deepEqual(states(bank, proof('pass'), elsewhere), ['good', 'note'])
})
