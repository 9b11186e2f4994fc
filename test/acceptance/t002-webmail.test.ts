// Source B's webmail, in a browser: log in, write, read, answer, undo; and what nobody may see.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { browserPath, holds, noBrowser, openBrowser } from '../support/browser.ts'
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
  await holds(page, `(localStorage.getItem('amplop.drafts') ?? '').includes('every word')`)
  await page.reload()
  await page.waitForSelector('.composer [name=text]')
  assert.equal(await page.locator('.composer [name=text]').innerText(), 'every word')
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
