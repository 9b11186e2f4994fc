// Source A's web page: already open, it shows what comes, literally, and to nobody else.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import {
  ask,
  live,
  newTab,
  openBoard,
  type ShownCard,
  shown,
  strangeRequests,
} from '../support/board-page.ts'
import { browserPath, noBrowser, openBrowser } from '../support/browser.ts'
import { classic } from '../support/classic-client.ts'
import type { House } from '../support/house.ts'
import {
  captured,
  cardsOf,
  domain,
  forwarder,
  hasRead,
  kelompok,
  ketua,
  pageOf,
  sent,
} from '../support/kelompok.ts'
import type { Cleanup } from '../support/places.ts'

const path = await browserPath()
const skip = path ? false : noBrowser
const browser = path ? await openBrowser({ after }, path, { locale: 'en-US' }) : undefined

async function open(t: Cleanup, house: House): Promise<Page> {
  assert.ok(browser)
  const page = await openBoard(browser, pageOf(house))
  t.after(() => page.close())
  return page
}

function objectOf(more: Readonly<Record<string, unknown>>): string {
  const letter = { sender: ketua, recipient: `tito@${domain}`, subject: 'subjek', body: 'isi' }
  return JSON.stringify({ ...letter, ...more })
}

async function said(house: House, more: Readonly<Record<string, unknown>>): Promise<string> {
  return (await classic(house.port('gateway'), objectOf(more))).text
}

test('T000-04 the open page shows the message within a second', { skip }, async (t) => {
  const house = await kelompok(t)
  const page = await open(t, house)
  const loaded = await page.evaluate('performance.timeOrigin')
  assert.equal((await classic(house.port('gateway'), captured)).text, sent)
  const answered = Date.now()
  const [card] = await shown(page, 1)
  assert.ok(card)
  assert.equal(await page.evaluate('performance.timeOrigin'), loaded, 'without a reload')
  assert.ok(card.arrived - answered <= 1000, `${card.arrived - answered} ms`)
  assert.deepEqual(
    [card.subject, card.route, card.text, card.outcome],
    ['wireshakrkk', 'ketua@kelompoksatu.com to wireshark@rarww.com', 'rararrrwwrrrr', 'delivered'],
  )
  assert.ok(Math.abs(card.at - answered) < 60_000, 'its date is now')
  assertWholeJourney(card, direct)
  // The same message for who comes later.
  await page.reload()
  await live(page)
  const [again] = await shown(page, 1)
  assert.deepEqual(
    [again?.subject, again?.route, again?.text, again?.at],
    [card.subject, card.route, card.text, card.at],
  )
})

const direct = ['socket', 'checked', 'code', 'mailbox', 'screen']

/** That each of these steps was reached, and in what time. */
function assertWholeJourney(card: ShownCard | undefined, steps: readonly string[]): void {
  const timed = card?.journey.filter((step) => / ok [\d.,]+ m?s$/.test(step)) ?? []
  assert.deepEqual(
    timed.map((step) => step.split(' ')[0]),
    steps,
    String(card?.journey),
  )
}

test('T000-08 quotes and braces are shown as they were typed', { skip }, async (t) => {
  const house = await kelompok(t)
  const page = await open(t, house)
  const body = `it's "ok" — don't {break}`
  assert.equal(await said(house, { subject: body, body }), sent)
  const [card] = await shown(page, 1)
  assert.deepEqual([card?.subject, card?.text], [body, body])
})

test('T000-11 encoded text is shown decoded', { skip }, async (t) => {
  const house = await kelompok(t)
  const page = await open(t, house)
  const subject = 'héllo ✓'.repeat(40)
  assert.equal(await said(house, { subject, body: 'Hola ñandú ✓' }), sent)
  const [card] = await shown(page, 1)
  assert.deepEqual([card?.subject, card?.text], [subject, 'Hola ñandú ✓'])
})

test('T000-13 what was refused is shown where it failed, in its literal words', {
  skip,
}, async (t) => {
  const house = await kelompok(t)
  const relay = await forwarder(t, house.port('smtp'), house)
  const page = await open(t, house)
  const words = '550 5.1.1 No such user here'
  for (const way of [house, relay])
    assert.match(await said(way, { recipient: `halo@${domain}` }), new RegExp(`message: ${words}$`))
  const [byHop, byServer] = await shown(page, 2)
  for (const card of [byHop, byServer]) {
    assert.equal(card?.outcome, 'failed')
    assert.deepEqual(card?.replies, [words])
    assert.equal(card?.text, 'isi')
    assert.equal(card?.journey.at(-1), 'screen none')
  }
  assert.match(
    byServer?.journey.join(', ') ?? '',
    /^socket ok [^,]+, checked failed [\d.,]+ ms, code /,
  )
  assert.match(byHop?.journey.join(', ') ?? '', /checked ok [^,]+, relayed failed [\d.,]+ ms, /)
  const [fine, red] = await Promise.all(
    ['ok', 'failed'].map((state) =>
      ask(page, 'colourOf', `[data-journey] [data-state=${state}]`, 'color'),
    ),
  )
  assert.notEqual(fine, red)
})

test('T000-04 by way of a forwarder, its step is in the journey', { skip }, async (t) => {
  const house = await kelompok(t)
  const relay = await forwarder(t, house.port('smtp'), house)
  const page = await open(t, house)
  assert.equal((await classic(relay.port('gateway'), captured)).text, sent)
  const relayed = '[data-card] [data-step=relayed][data-state=ok]'
  const way = ['socket', 'checked', 'relayed', 'code', 'mailbox', 'screen']
  await page.waitForSelector(relayed)
  const [card] = await shown(page, 1)
  assertWholeJourney(card, way)
  assert.equal(card?.outcome, 'delivered')
  await page.reload()
  await page.waitForSelector(relayed)
  const [again] = await shown(page, 1)
  // How long it took to the screen was another page's to know.
  assertWholeJourney(again, way.slice(0, -1))
})

test('T000-18 a client lost in the midst of its text is not on the page', { skip }, async (t) => {
  const house = await kelompok(t)
  const page = await open(t, house)
  const client = await house.smtp()
  for (const line of ['EHLO x', `MAIL FROM:<${ketua}>`, `RCPT TO:<tito@${domain}>`, 'DATA'])
    await client.ask(line)
  await client.write('Subject: lost\r\n\r\nhalf\r\n')
  await hasRead(house)
  await client.rest()
  assert.equal(await said(house, { subject: 'whole' }), sent)
  const cards = await shown(page, 1)
  assert.deepEqual(
    cards.map(({ subject }) => subject),
    ['whole'],
  )
})

test('T000-27 folded, first and missing subjects', { skip }, async (t) => {
  const house = await kelompok(t)
  const page = await open(t, house)
  for (const head of ['Subject: part one\r\n part two', 'Subject: header', 'From: a@x.com'])
    assert.match(await house.send(['a@x.com'], `${head}\r\n\r\nSubject: body\r\n`), /^250 /)
  const cards = await shown(page, 3)
  assert.deepEqual(
    cards.map(({ subject, text }) => [subject, text]),
    [
      ['(no subject)', 'Subject: body'],
      ['header', 'Subject: body'],
      ['part one part two', 'Subject: body'],
    ],
  )
})

const hostile = [
  '<script>window.ran = 1</script>',
  '"><img src=/board/x onerror="window.ran = 1">',
  '</textarea></title></script><svg onload="window.ran = 1">',
  '&amp; &lt;b&gt; &#60;i&#62; \\u003cb\\u003e {{1}}',
  'javascript:window.ran=1',
  `' onmouseover='window.ran=1`,
]

test('T000-28 markup in every field is shown literally, and does nothing', { skip }, async (t) => {
  const house = await kelompok(t)
  const page = await open(t, house)
  const strange = strangeRequests(page, pageOf(house))
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  const expected: string[][] = []
  for (const text of hostile) {
    // RFC 5321 §4.1.2: a quoted local part may hold all of it.
    const local = `"${text.replace(/["\\]/g, '\\$&').slice(0, 60)}"`
    const [sender, recipient] = [`${local}@x.com`, `${local}@y.com`]
    assert.equal(
      await said(house, { sender, recipient: [recipient], subject: text, body: text }),
      sent,
    )
    expected.unshift([text, `${sender} to ${recipient}`, text])
  }
  const cards = await shown(page, hostile.length)
  assert.deepEqual(
    cards.map(({ subject, route, text }) => [subject, route, text]),
    expected,
  )
  const html = `<p>shown</p>${hostile.join('')}`
  const mail = `Subject: html\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n${html}\r\n`
  assert.match(await house.send(['a@x.com'], mail), /^250 /)
  const [first] = await shown(page, hostile.length + 1)
  assert.match(first?.text ?? '', /shown/)
  // Whatever a card shows when all of it is opened.
  await ask(page, 'unfold')
  assert.equal(await page.locator('[data-details] dl').count(), hostile.length + 1)
  for (const subject of await page.locator('[data-subject]').all()) await subject.hover()
  assert.deepEqual(await ask(page, 'mischief'), { ran: false, elements: 0, handlers: 0 })
  assert.deepEqual([strange, dialogs], [[], []])
  assert.ok(await page.$('[data-chip=live]'), 'and the page still lives')
})

test('T000-28 a policy forbids scripts but our own', async (t) => {
  const house = await kelompok(t)
  const answer = await fetch(pageOf(house))
  const policy = answer.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /script-src 'self'(?:;|$)/)
  assert.doesNotMatch(policy, /unsafe|\*/)
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  assert.doesNotMatch(await answer.text(), /<script(?![^>]*\bsrc=)|\son\w+=/)
})

test('T000-29 no answer is for another origin, and none is cached', async (t) => {
  const house = await kelompok(t)
  assert.equal(await said(house, {}), sent)
  const [card] = await cardsOf(house)
  const data = ['board/messages', 'board/status', 'board/stream', `board/messages/${card?.id}`]
  for (const name of ['', ...data]) {
    const leave = new AbortController()
    for (const headers of [{}, { origin: 'http://evil.example' }] as Record<string, string>[]) {
      const answer = await fetch(`${pageOf(house)}${name}`, { headers, signal: leave.signal })
      assert.equal(answer.headers.get('access-control-allow-origin'), null, name)
      const refused = name !== '' && headers.origin !== undefined
      assert.equal(answer.status, refused ? 403 : 200, name)
      const cache = answer.headers.get('cache-control') ?? ''
      assert.match(cache, name === '' ? /^(?:no-cache|no-store)/ : /^no-store/, name)
    }
    leave.abort()
  }
})

test('T000-29 no directory is listed, and nothing of the store is within reach', async (t) => {
  const house = await kelompok(t)
  assert.equal(await said(house, {}), sent)
  const away = ['..', '%2e%2e', '..%2f..', '....//'].flatMap((up) =>
    ['', 'board/', 'board/assets/'].map((below) => `${below}${up}/package.json`),
  )
  const listed = ['board', 'board/', 'board/assets', 'board/assets/', 'web/src/', 'data/', '.git/']
  const stored = ['received_email.json', 'board/assets/tsconfig.json', 'board/assets/size.test.ts']
  const kept = readdirSync(house.started.folder, { recursive: true }).map(String)
  assert.ok(kept.length > 0)
  const asked = [...listed, ...stored, ...kept, ...kept.map((name) => `board/assets/${name}`)]
  for (const name of [...asked, ...away]) {
    const status = await statusOf(house, `/${name}`)
    assert.ok(status === 404 || status === 400 || status === 403, `${name}: ${status}`)
  }
})

/** Asks for a path as it is written; `fetch` would tidy it. */
async function statusOf(house: House, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: house.port('http'), path }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.on('error', reject).end()
  })
}

test('T000-29 a page of another origin cannot read what the board says', { skip }, async (t) => {
  const house = await kelompok(t)
  assert.equal(await said(house, { subject: 'secret' }), sent)
  const stranger = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end('<!doctype html><title>x</title>')
  })
  stranger.listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  t.after(() => stranger.close())
  t.after(() => stranger.closeAllConnections())
  const { port } = stranger.address() as AddressInfo
  const own = await open(t, house)
  await shown(own, 1)
  for (const host of ['127.0.0.1', 'localhost']) {
    assert.ok(browser)
    const page = await newTab(browser)
    await page.goto(`http://${host}:${port}/`)
    const got = await ask<Record<string, string>>(page, 'steal', pageOf(house))
    const ways = ['fetched', 'blind', 'streamed', 'scripted', 'framed']
    assert.deepEqual(got, Object.fromEntries(ways.map((way) => [way, 'nothing'])))
    await page.close()
  }
  assert.equal(await said(house, { subject: 'more' }), sent)
  await shown(own, 2)
})

test('T000-29 before any mail the page says so, in three languages', { skip }, async (t) => {
  const house = await kelompok(t)
  assert.deepEqual(await cardsOf(house), [])
  const page = await open(t, house)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  const texts = { id: 'Belum ada pesan', es: 'Todavía no hay mensajes', en: 'No messages yet' }
  for (const [lang, text] of Object.entries(texts)) {
    await page.click(`[data-langs] [value=${lang}]`)
    await page.waitForSelector(`html[lang=${lang}] [data-empty]:not([hidden])`)
    assert.equal(await page.textContent('[data-empty] h2'), text)
    assert.ok(await page.isVisible('[data-empty] h2'))
  }
  assert.deepEqual(errors, [])
  assert.equal(await said(house, {}), sent)
  await shown(page, 1)
  assert.ok(await page.isHidden('[data-empty]'))
})

test('T000-30 dark mode stays over a reload, from the first paint on', { skip }, async (t) => {
  const house = await kelompok(t)
  const page = await open(t, house)
  const look = async () => [
    await page.getAttribute('html', 'data-theme'),
    await ask(page, 'colourOf', 'html', 'background-color'),
    await page.getAttribute('[data-dark]', 'aria-pressed'),
  ]
  const [, bright] = await look()
  await page.click('[data-dark]')
  const dark = await look()
  assert.equal(dark[0], 'dark')
  assert.notEqual(dark[1], bright)
  for (const wait of ['commit', 'load'] as const) {
    await page.reload({ waitUntil: wait })
    await page.waitForSelector('[data-dark][aria-pressed=true]')
    assert.deepEqual(await look(), dark)
  }
  await page.click('[data-dark]')
  await page.reload()
  await live(page)
  assert.deepEqual(await look(), ['light', bright, 'false'])
})
