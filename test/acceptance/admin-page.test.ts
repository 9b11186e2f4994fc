// The page of administration, in a browser: who gets in, and what they do there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { ZoneDns } from '../../src/trust/dns/zone-dns.ts'
import { browserPath, noBrowser, openBrowser } from '../support/browser.ts'
import { type House, openHouse } from '../support/house.ts'
import type { Cleanup } from '../support/places.ts'
import { faultless } from '../support/webmail-page.ts'

const path = await browserPath()
const skip = path ? false : noBrowser
const phone = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } as const

async function open(t: Cleanup): Promise<House> {
  const house = await openHouse(t, { outside: { dns: new ZoneDns('') } })
  await house.started.rooms?.accounts.setAdmin('tito', true)
  return house
}

async function comeIn(
  t: Cleanup,
  house: House,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  assert.ok(path)
  const browser = await openBrowser(t, path, { locale: 'en-US', ...options })
  const page = await browser.newPage()
  page.setDefaultTimeout(30_000)
  await page.goto(`http://127.0.0.1:${house.port('http')}/admin`)
  await page.fill('[name=name]', name)
  await page.fill('[name=password]', 'amplop')
  await page.click('form.login button.primary')
  return page
}

test('who does not administer the server sees nothing of it', { skip }, async (t) => {
  const house = await open(t)
  const page = await comeIn(t, house, 'iqbal')
  const text = await page.locator('main.alone').textContent()
  assert.match(text ?? '', /iqbal@example\.com does not administer/)
  await faultless(page, 'alone')
  assert.equal(await page.locator('nav').count(), 0)
})

test('an account is added, comes in, and its message is found', { skip }, async (t) => {
  const house = await open(t)
  const page = await comeIn(t, house, 'tito')
  await page.locator('.verdict').waitFor()
  await page.click('nav [data-part=accounts]')
  await page.click('.bar .primary')
  await page.fill('.ask input >> nth=0', 'ann@example.com')
  await page.fill('.ask input >> nth=1', 'Ann')
  await page.fill('.ask input >> nth=2', 'a long password')
  await page.click('.ask .primary')
  const row = page.locator('tr', { hasText: 'ann@example.com' })
  await row.waitFor()
  await row.locator('summary').click()
  await row.getByRole('button', { name: 'Disable' }).click()
  await page.locator('tr', { hasText: 'disabled' }).waitFor()
  const accounts = house.started.rooms?.accounts ?? assert.fail()
  assert.equal((await accounts.show('ann')).disabled, true)
  const text = 'Subject: Laporan <b>x</b>\r\nFrom: a@example.org\r\n\r\nIsi\r\n'
  await house.send(['iqbal@example.com'], text)
  await page.click('nav [data-part=trace]')
  await page.fill('input[type=search]', 'iqbal@example.com')
  const story = page.locator('.stories .card', { hasText: 'Laporan <b>x</b>' })
  await story.locator('dl', { hasText: 'smtp' }).waitFor()
  await page.click('nav [data-part=log]')
  await page.locator('.log li', { hasText: 'administered' }).first().waitFor()
})

test('every part is whole in light and dark, wide and narrow', { skip }, async (t) => {
  const house = await open(t)
  const wide = await comeIn(t, house, 'tito')
  const narrow = await comeIn(t, house, 'tito', { ...phone, locale: 'es-MX' })
  for (const [name, page] of Object.entries({ wide, narrow })) {
    await page.locator('.verdict').waitFor()
    const links = page.locator('nav [data-part]')
    for (let n = 0; n < (await links.count()); n++) {
      await links.nth(n).click()
      await page.locator('.body > *').first().waitFor()
      await faultless(page, `${name} ${n}`)
      const sideways = 'document.documentElement.scrollWidth - innerWidth'
      assert.ok((await page.evaluate<number>(sideways)) <= 0, `${name} ${n} scrolls sideways`)
    }
  }
})
