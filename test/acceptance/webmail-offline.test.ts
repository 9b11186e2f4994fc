// The webmail without a connection: it opens, shows what was read lately, keeps what is done, and
// shows nothing to who has logged out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserPath, noBrowser } from '../support/browser.ts'
import { openHouse } from '../support/house.ts'
import { comeIn, mailBrowser, rowOf, said, until } from '../support/webmail-page.ts'

const path = await browserPath()
const skip = path ? false : noBrowser

test('without a connection mail is read, filed, and filed for good when it is back', {
  skip,
}, async (t) => {
  assert.ok(path)
  const house = await openHouse(t)
  for (const subject of ['First', 'Second'])
    await house.send(
      ['tito@example.com'],
      `From: ann@example.org\r\nSubject: ${subject}\r\n\r\nText of ${subject}.\r\n`,
    )
  const browser = await mailBrowser(t, path, { serviceWorkers: 'allow' })
  const page = await comeIn(browser, house, 'tito')
  await rowOf(page, 'First').waitFor()
  await until(page, 'navigator.serviceWorker.controller !== null')
  // What the worker had not yet seen is asked through it now, and the first is read.
  await page.reload()
  await rowOf(page, 'First').click()
  await page.locator('.text', { hasText: 'Text of First' }).waitFor()
  await until(
    page,
    "caches.open('amplop-mail').then((kept) => kept.keys()).then((keys) => keys.length > 5)",
  )
  await browser.setOffline(true)
  await page.reload()
  await rowOf(page, 'Second').waitFor()
  await rowOf(page, 'First').click()
  await page.locator('.text', { hasText: 'Text of First' }).waitFor()
  await page.keyboard.press('e')
  await said(page, 'Archive')
  assert.equal(await rowOf(page, 'First').count(), 0)
  assert.equal((await house.inbox('tito')).length, 2)
  await browser.setOffline(false)
  await until(page, "(localStorage.getItem('amplop.waiting') ?? '[]') === '[]'")
  await page.reload()
  await rowOf(page, 'Second').waitFor()
  assert.equal(await rowOf(page, 'First').count(), 0)
  assert.equal((await house.inbox('tito')).length, 1)
  await page.locator('.end button').last().click()
  await page.waitForSelector('form.login')
  await until(page, "caches.has('amplop-mail').then((has) => !has)")
  await browser.setOffline(true)
  await page.goto(`http://127.0.0.1:${house.port('http')}/mail/`)
  await until(page, "document.readyState === 'complete'")
  assert.equal(await page.locator('.row').count(), 0)
})
