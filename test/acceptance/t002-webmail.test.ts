// Source B's webmail, in a browser: log in, write, read, answer, undo; and what nobody may see.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { browserPath, noBrowser, openBrowser } from '../support/browser.ts'
import { type House, openHouse } from '../support/house.ts'
import type { Cleanup } from '../support/places.ts'

const path = await browserPath()
const skip = path ? false : noBrowser

async function browserOf(t: Cleanup, locale = 'en-US'): Promise<BrowserContext> {
  assert.ok(path)
  return openBrowser(t, path, { locale, viewport: { width: 1280, height: 800 } })
}

async function comeIn(browser: BrowserContext, house: House, name: string): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  await page.goto(`http://127.0.0.1:${house.port('http')}/mail/`)
  await page.fill('[name=name]', name)
  await page.fill('[name=password]', 'amplop')
  await page.click('form.login button.primary')
  await page.waitForSelector('.rows')
  return page
}

async function write(page: Page, to: string, subject: string, text: string): Promise<void> {
  await page.click('.side .primary')
  await page.fill('.composer [name=to]', to)
  await page.fill('.composer [name=subject]', subject)
  await page.fill('.composer [name=text]', text)
}

const languages = [
  ['en-US', 'Inbox', 'Sent', 'Drafts', 'Trash'],
  ['id-ID', 'Kotak masuk', 'Terkirim', 'Draf', 'Sampah'],
  ['es-MX', 'Recibidos', 'Enviados', 'Borradores', 'Papelera'],
] as const

for (const [locale, ...names] of languages) {
  test(`T002-01 T002-07 tito writes, iqbal's open page shows it, ${locale}`, {
    skip,
  }, async (t) => {
    const house = await openHouse(t)
    const tito = await comeIn(await browserOf(t, locale), house, 'tito')
    const iqbal = await comeIn(await browserOf(t, locale), house, 'iqbal')
    const boxes = await tito.locator('.side li button span').allTextContents()
    for (const name of names) assert.ok(boxes.includes(name), `${name} in ${boxes}`)
    await tito.evaluate(() => localStorage.setItem('amplop.mail', '{"undo":0}'))
    await write(tito, 'iqbal@example.com', 'Laporan ñ', 'Satu\n\nDua & <b>tiga</b>')
    await tito.click('.composer .primary')
    const row = iqbal.locator('.row', { hasText: 'Laporan ñ' })
    await row.click()
    assert.equal(await iqbal.locator('.text').textContent(), 'Satu\n\nDua & <b>tiga</b>')
    assert.match((await iqbal.locator('.head').textContent()) ?? '', /tito@example\.com/)
    const [received = ''] = (await house.inbox('iqbal')).map(String)
    assert.match(received, /^From: .*tito@example\.com/m)
    await tito.locator('.side li button', { hasText: names[1] }).click()
    await tito.locator('.row', { hasText: 'Laporan ñ' }).waitFor()
  })
}

test('what is undone within its time is a draft again and nobody got it', { skip }, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(await browserOf(t), house, 'tito')
  await page.evaluate(() => localStorage.setItem('amplop.mail', '{"undo":30}'))
  await write(page, 'iqbal@example.com', 'Not yet', 'x')
  await page.click('.composer .primary')
  await page.click('#toast button')
  await page.waitForSelector('.composer')
  assert.equal(await page.inputValue('.composer [name=subject]'), 'Not yet')
  assert.equal((await house.inbox('iqbal')).length, 0)
})

test('a draft is there again after a reload, as it was typed', { skip }, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(await browserOf(t), house, 'tito')
  await write(page, 'iqbal@example.com', 'Long work', 'every word')
  await page.waitForFunction(() =>
    (localStorage.getItem('amplop.drafts') ?? '').includes('every word'),
  )
  await page.reload()
  await page.waitForSelector('.composer')
  assert.equal(await page.inputValue('.composer [name=text]'), 'every word')
})

test('T002-15 without a session there is only the login, also after logging out', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  const browser = await browserOf(t)
  const page = await comeIn(browser, house, 'tito')
  const url = `http://127.0.0.1:${house.port('http')}`
  const cookie = (await browser.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const session = () => fetch(`${url}/jmap/session`, { headers: { cookie } })
  assert.equal((await session()).status, 200)
  await page.locator('.end button').last().click()
  await page.waitForSelector('form.login')
  assert.equal((await session()).status, 401)
  await page.goBack().catch(() => null)
  await page.goto(`${url}/mail/anything`)
  await page.waitForSelector('form.login')
  assert.equal(await page.locator('.rows').count(), 0)
})

/** Each would run or load something if it were given the chance. */
const attacks = (host: string) => [
  '<script>parent.hit=1;hit=1</script>',
  '<img src=x onerror="parent.hit=1">',
  `<img src="http://${host}/a.png"><img srcset="http://${host}/b.png 2x">`,
  '<svg onload="parent.hit=1"><animate onbegin="parent.hit=1" attributeName=x dur=1s></svg>',
  `<style>@import "http://${host}/c.css";body{background:url(http://${host}/d.png)}</style>`,
  `<link rel=stylesheet href="http://${host}/e.css"><link rel=prefetch href="http://${host}/f">`,
  `<iframe src="http://${host}/g"></iframe><object data="http://${host}/h"></object>`,
  `<meta http-equiv=refresh content="0;url=http://${host}/i"><base href="http://${host}/">`,
  `<video src="http://${host}/j" poster="http://${host}/k" autoplay></video><audio src="http://${host}/l">`,
  '<details open ontoggle="parent.hit=1">x</details><body onload="parent.hit=1">',
  `<form action="http://${host}/m"><input autofocus onfocus="parent.hit=1"></form>`,
  `</iframe></body></html><script>top.hit=1</script><embed src="http://${host}/n">`,
]

test('HTML of strangers runs nothing and asks for nothing', { skip }, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(await browserOf(t), house, 'tito')
  const asked: string[] = []
  const tracker = createServer((request, answer) => {
    asked.push(request.url ?? '')
    answer.end()
  }).listen(0, '127.0.0.1')
  t.after(() => tracker.close())
  await once(tracker, 'listening')
  const bodies = attacks(`127.0.0.1:${(tracker.address() as AddressInfo).port}`)
  const html = [bodies.join('\r\n'), ...bodies]
  for (const [at, body] of html.entries()) {
    const subject = `n${at}n <img src=x onerror=hit=1>`
    const head = `From: "<b onclick=hit=1>x</b>" <x@example.org>\r\nSubject: ${subject}\r\n`
    const type = 'MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n'
    await house.send(['tito@example.com'], `${head}${type}<p id=end>${body}</p>`)
    await page.locator('.row', { hasText: `n${at}n` }).click()
    const title = `h1:text("n${at}n")`
    await page.waitForSelector(title)
    await page.frameLocator('.paper').first().locator('#end').waitFor({ state: 'attached' })
  }
  await page.keyboard.press('r')
  await page.waitForSelector('.composer')
  assert.equal(await page.evaluate('globalThis.hit'), undefined)
  assert.deepEqual(asked, [])
  // Without what keeps them in, the same bodies do ask.
  const raw = await page.context().newPage()
  const reached = once(tracker, 'request')
  await raw.setContent(bodies[2] ?? '', { waitUntil: 'commit' })
  await reached
})

test('no screen has a serious fault for people who use it otherwise', { skip }, async (t) => {
  const house = await openHouse(t)
  await house.send(
    ['tito@example.com'],
    'Subject: Halo\r\nFrom: Ann <ann@example.org>\r\n\r\nIsi\r\n',
  )
  const browser = await browserOf(t)
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  const blank = await browser.newPage()
  await blank.goto(`http://127.0.0.1:${house.port('http')}/mail/`)
  await blank.waitForSelector('form.login')
  await faultless(blank, axe)
  const page = await comeIn(browser, house, 'tito')
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
    await page.locator('.row', { hasText: 'Halo' }).click()
    await page.waitForSelector('.talk')
    await faultless(page, axe)
  }
  await page.click('.side .primary')
  await faultless(page, axe)
})

async function faultless(page: Page, axe: string): Promise<void> {
  const { readFileSync } = await import('node:fs')
  await page.evaluate(readFileSync(axe, 'utf8'))
  const found = await page.evaluate<{ impact: string; id: string; nodes: { html: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  )
  const bad = found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(
    bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
  )
}
