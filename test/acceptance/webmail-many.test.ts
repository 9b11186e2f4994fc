// What people do with much mail: by keys alone, many at once, later, and taken back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserPath, noBrowser } from '../support/browser.ts'
import { type House, openHouse } from '../support/house.ts'
import {
  comeIn,
  faultless,
  listed,
  mailBrowser,
  place,
  rowOf,
  said,
  until,
} from '../support/webmail-page.ts'

const path = (await browserPath()) ?? ''
const skip = path === '' ? noBrowser : false

async function full(house: House, count: number): Promise<void> {
  for (let at = 1; at <= count; at++)
    await house.send(
      ['tito@example.com'],
      `From: Ann ${at} <ann${at}@example.org>\r\nSubject: Letter ${at}.\r\n\r\nWord${at}\r\n`,
    )
}

test('by keys alone: log in, search, read, answer, send, take back', { skip }, async (t) => {
  const house = await openHouse(t)
  await full(house, 3)
  const page = await (await mailBrowser(t, path)).newPage()
  page.setDefaultTimeout(20_000)
  const { keyboard } = page
  await page.goto(`http://127.0.0.1:${house.port('http')}/mail/`)
  await page.waitForSelector('form.login')
  await keyboard.type('tito')
  await keyboard.press('Tab')
  await keyboard.type('amplop')
  await keyboard.press('Enter')
  await listed(page, 3)
  await page.evaluate(() => localStorage.setItem('amplop.mail', '{"undo":30}'))
  await keyboard.press('/')
  await keyboard.type('from:ann2')
  await listed(page, 1)
  await keyboard.press('Enter')
  await keyboard.press('j')
  await page.locator('.text', { hasText: 'Word2' }).waitFor()
  await keyboard.press('r')
  await page.locator('.composer').waitFor()
  await keyboard.type('Thanks')
  await keyboard.press('Control+Enter')
  await page.locator('.composer').waitFor({ state: 'detached' })
  const undo = page.locator('#toast button')
  await undo.waitFor()
  await undo.focus()
  await keyboard.press('Enter')
  await page.locator('.composer').waitFor()
})

test('many are selected, filed and brought back; all that match, as work of the server', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  await full(house, 60)
  const page = await comeIn(await mailBrowser(t, path), house, 'tito')
  await rowOf(page, 'Letter 60.').waitFor()
  await rowOf(page, 'Letter 60.').locator('.pick').click()
  await rowOf(page, 'Letter 58.').click({ modifiers: ['Shift'] })
  await page.locator('.listbar b', { hasText: '3 selected' }).waitFor()
  await page.keyboard.press('e')
  await said(page, 'Moved 3 to Archive.')
  await until(page, `!document.querySelector('.rows').textContent.includes('Letter 59.')`)
  await page.locator('#toast button').click()
  await rowOf(page, 'Letter 59.').waitFor()
  await rowOf(page, 'Letter 60.').locator('.pick').click()
  await page.locator('.listbar .all', { hasText: '60' }).click()
  await page.locator('.listbar .acts button').first().click()
  await said(page, 'Done: 60 messages.')
  assert.equal((await house.inbox('tito')).length, 0)
  await page.locator('#toast button').click()
  await rowOf(page, 'Letter 1.').or(rowOf(page, 'Letter 60.')).first().waitFor()
  await said(page, 'Undone.')
  assert.equal((await house.inbox('tito')).length, 60)
})

test('a label is made, put on, listed and searched', { skip }, async (t) => {
  const house = await openHouse(t)
  await full(house, 2)
  const page = await comeIn(await mailBrowser(t, path), house, 'tito')
  await rowOf(page, 'Letter 2.').locator('.pick').click()
  await page.keyboard.press('l')
  await page.locator('.menu-list button', { hasText: 'New label' }).click()
  await page.fill('dialog input', 'Kuliah')
  await page.keyboard.press('Enter')
  await page.locator('.row .label', { hasText: 'Kuliah' }).waitFor()
  await page.keyboard.press('Escape')
  await place(page, 'Kuliah').click()
  await listed(page, 1)
  await page.keyboard.press('/')
  await page.keyboard.type('-label:kuliah letter')
  await until(page, `document.querySelector('.rows').textContent.includes('Letter 1.')`)
  assert.deepEqual(await listed(page, 1), ['Letter 1.'])
  const { rooms } = house.started
  assert.ok(rooms)
})

test('put off, mail is elsewhere until then; what was done is told and undone', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  await full(house, 2)
  const page = await comeIn(await mailBrowser(t, path), house, 'tito')
  await rowOf(page, 'Letter 1.').click()
  await page.locator('.talk').waitFor()
  await page.keyboard.press('b')
  await page.locator('.menu-list button', { hasText: 'Tomorrow' }).click()
  await said(page, 'Snoozed until')
  await place(page, 'Snoozed').click()
  await page.locator('.row time', { hasText: 'comes back' }).waitFor()
  await page.goto(`http://127.0.0.1:${house.port('http')}/mail/activity`)
  await page.locator('.line', { hasText: 'Put off 1.' }).getByRole('button').click()
  await said(page, 'Undone.')
  await place(page, 'Inbox').click()
  await listed(page, 2)
})

test('a rule is written as a sentence, done to mail that is there and to mail that comes', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  await full(house, 2)
  const page = await comeIn(await mailBrowser(t, path), house, 'tito')
  await page.goto(`http://127.0.0.1:${house.port('http')}/mail/settings/rules`)
  await page.locator('#part-rules button', { hasText: 'New rule' }).click()
  await page.locator('dialog [name=value]').fill('ann2@')
  await page.locator('dialog [name=mailboxId]').selectOption({ label: 'Archive' })
  await page.locator('dialog .primary').click()
  const sentence = 'If the sender contains “ann2@”: move to Archive.'
  await page.locator('#part-rules .line', { hasText: sentence }).waitFor()
  await page.locator('#part-rules button', { hasText: 'Run now' }).click()
  await page.locator('dialog .primary').click()
  await said(page, 'Looked at 2 messages, changed 1.')
  await house.send(['tito@example.com'], 'From: ann2@example.org\r\nSubject: Later\r\n\r\nx\r\n')
  assert.equal((await house.inbox('tito')).length, 1)
  await place(page, 'Archive').click()
  await rowOf(page, 'Later').waitFor()
  await rowOf(page, 'Letter 2.').waitFor()
})

const screens = [
  'settings',
  'settings/rules',
  'settings/security',
  'contacts',
  'activity',
  'scheduled',
] as const

for (const locale of ['en-US', 'id-ID', 'es-MX'])
  test(`no screen has a serious fault for people who use it otherwise, ${locale}`, {
    skip,
  }, async (t) => {
    const house = await openHouse(t)
    await full(house, 4)
    const page = await comeIn(await mailBrowser(t, path, { locale }), house, 'tito')
    await rowOf(page, 'Letter 4.').waitFor()
    await faultless(page, 'list')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.locator('.talk').waitFor()
    await faultless(page, 'selected')
    await page.keyboard.press('Control+k')
    await faultless(page, 'palette')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await faultless(page, 'keys')
    await page.keyboard.press('Escape')
    await page.keyboard.press('v')
    await page.locator('.menu-list').waitFor()
    await faultless(page, 'menu')
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.keyboard.type('letter')
    await faultless(page, 'search')
    for (const screen of screens) {
      await page.goto(`http://127.0.0.1:${house.port('http')}/mail/${screen}`)
      await page.locator('.pagehead').waitFor()
      await until(page, `!document.querySelector('.parts > section > h2:only-child')`)
      await faultless(page, screen)
    }
    await page.evaluate(`document.documentElement.dataset.theme = 'dark'`)
    await faultless(page, 'dark')
  })
