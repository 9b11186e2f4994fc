// The board's page when much comes: bursts, thousands of messages, lost connections, several tabs.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { ask, live, newTab, openBoard, type ShownCard, shown } from '../support/board-page.ts'
import { browserPath, noBrowser, openBrowser } from '../support/browser.ts'
import { classic } from '../support/classic-client.ts'
import { Cuttable } from '../support/cuttable.ts'
import type { House } from '../support/house.ts'
import { domain, kelompok, ketua, pageOf, sent } from '../support/kelompok.ts'
import type { Cleanup } from '../support/places.ts'

const path = await browserPath()
const skip = path ? false : noBrowser
const browser = path ? await openBrowser({ after }, path, { locale: 'en-US' }) : undefined

async function open(t: Cleanup, url: string): Promise<Page> {
  assert.ok(browser)
  const page = await openBoard(browser, url)
  t.after(() => page.close())
  return page
}

async function say(house: House, n: number): Promise<void> {
  const letter = {
    sender: `ketua${n}@kelompoksatu.com`,
    recipient: `tito@${domain}`,
    subject: `subjek ${n}`,
    body: `isi ${n}.`,
  }
  assert.equal((await classic(house.port('gateway'), JSON.stringify(letter))).text, sent)
}

function numbersOf(cards: readonly ShownCard[]): number[] {
  return cards.map(({ subject, route, text }) => {
    const n = Number(subject.replace('subjek ', ''))
    assert.equal(route, `ketua${n}@kelompoksatu.com to tito@${domain}`)
    assert.equal(text, `isi ${n}.`)
    return n
  })
}

function downFrom(count: number): number[] {
  return Array.from({ length: count }, (_, n) => count - 1 - n)
}

test('T000-31 200 clients at once: 200 cards, none mixed, none twice', { skip }, async (t) => {
  const house = await kelompok(t)
  const page = await open(t, pageOf(house))
  await Promise.all(downFrom(200).map((n) => say(house, n)))
  const numbers = numbersOf(await shown(page, 200))
  assert.deepEqual(
    numbers.toSorted((a, b) => b - a),
    downFrom(200),
  )
  // In the order in which the server took them.
  await page.reload()
  await live(page)
  assert.deepEqual(numbersOf(await shown(page, 50)), numbers.slice(0, 50))
})

test('T000-04 what came while the connection was lost is shown once, in order', {
  skip,
}, async (t) => {
  const house = await kelompok(t)
  const wire = await Cuttable.open(t, house.port('http'))
  const page = await open(t, `http://127.0.0.1:${wire.port}/`)
  for (let n = 0; n < 3; n++) await say(house, n)
  await shown(page, 3)
  const loaded = await page.evaluate('performance.timeOrigin')
  wire.cut()
  await page.waitForSelector('[data-chip=waiting]')
  for (let n = 3; n < 53; n++) await say(house, n)
  assert.equal((await ask<ShownCard[]>(page, 'cards')).length, 3)
  wire.mend()
  await shown(page, 53)
  await live(page)
  await say(house, 53)
  assert.deepEqual(numbersOf(await shown(page, 54)), downFrom(54))
  assert.equal(await page.evaluate('performance.timeOrigin'), loaded, 'without a reload')
})

test('T000-04 what comes while the connection breaks is neither lost nor shown twice', {
  skip,
}, async (t) => {
  const house = await kelompok(t)
  const wire = await Cuttable.open(t, house.port('http'))
  const page = await open(t, `http://127.0.0.1:${wire.port}/`)
  for (let n = 0; n < 50; n++) {
    await say(house, n)
    if (n % 20 !== 10) continue
    wire.cut()
    wire.mend()
  }
  assert.deepEqual(numbersOf(await shown(page, 50)), downFrom(50))
})

test('T000-04 two tabs show the same, each within a second', { skip }, async (t) => {
  const house = await kelompok(t)
  const pages = [await open(t, pageOf(house)), await open(t, pageOf(house))]
  for (let n = 0; n < 5; n++) {
    await say(house, n)
    const answered = Date.now()
    for (const page of pages) {
      const cards = await shown(page, n + 1)
      assert.deepEqual(numbersOf(cards), downFrom(n + 1))
      const late = (cards[0]?.arrived ?? 0) - answered
      assert.ok(late <= 1000, `${late} ms`)
    }
  }
})

/** `count` messages by `sessions` SMTP sessions, each its own share. */
async function pour(house: House, count: number, sessions: number): Promise<void> {
  const session = async () => {
    const client = await house.smtp()
    await client.ask('EHLO pour.example')
    for (let n = 0; n < count / sessions; n++) {
      await client.write(`MAIL FROM:<${ketua}>\r\nRCPT TO:<tito@${domain}>\r\nDATA\r\n`)
      for (const code of ['250', '250', '354'])
        assert.equal((await client.reply()).slice(0, 3), code)
      const reply = await client.ask(`Subject: one of many\r\n\r\n${'isi '.repeat(50)}\r\n.`)
      assert.match(reply, /^250 /)
    }
    await client.ask('QUIT')
  }
  await Promise.all(Array.from({ length: sessions }, session))
}

test('T000-29 5,000 mails: paged, painted within a second, never all at once', {
  skip,
}, async (t) => {
  const house = await kelompok(t)
  await pour(house, 5000, 50)
  assert.ok(browser)
  const page = await newTab(browser)
  t.after(() => page.close())
  const fetched: number[] = []
  page.on('response', async (answer) => {
    if (answer.url().includes('/board/messages?')) fetched.push((await answer.body()).length)
  })
  await page.goto(pageOf(house))
  const cards = await shown(page, 50)
  const painted = await page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint')[0].startTime",
  )
  assert.ok(painted < 1000, `painted after ${painted} ms`)
  const loaded = await page.evaluate<number>('performance.timeOrigin')
  const arrived = Math.max(...cards.map(({ arrived }) => arrived)) - loaded
  assert.ok(arrived < 2000, `cards after ${arrived} ms`)
  // Looking back, page by page: more comes below, what is above makes room.
  const elements = [await elementsOf(page)]
  for (let pages = 0; pages < 7; pages++) {
    const last = await page.locator('[data-card]').last().getAttribute('data-card')
    await page.click('[data-older]')
    await page.waitForSelector(`[data-card="${last}"] ~ [data-card]`, { state: 'attached' })
    elements.push(await elementsOf(page))
    assert.ok((await page.locator('[data-card]').count()) <= 200)
  }
  assert.ok(Math.max(...elements) < 5 * (elements[0] ?? 0), `${elements} elements`)
  assert.ok(fetched.length >= 7 && fetched.every((bytes) => bytes < 200_000), `${fetched}`)
})

function elementsOf(page: Page): Promise<number> {
  return page.evaluate<number>("document.querySelectorAll('*').length")
}
