// Writing a letter in a browser: rich and plain, recipients, pictures, answers, times, and drafts
// that outlive whatever happens to the page.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { digest } from '../../src/message/digest.ts'
import { browserPath, noBrowser, openBrowser } from '../support/browser.ts'
import { type House, openHouse } from '../support/house.ts'

const path = await browserPath()
const skip = path ? false : noBrowser

async function comeIn(t: TestContext, house: House, name = 'tito'): Promise<Page> {
  assert.ok(path)
  const browser = await openBrowser(t, path, {
    ...{ viewport: { width: 1280, height: 800 }, locale: 'en-US' },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await browser.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(`http://127.0.0.1:${house.port('http')}/mail/`)
  await page.fill('[name=name]', name)
  await page.fill('[name=password]', 'amplop')
  await page.click('form.login button.primary')
  await page.waitForSelector('.rows')
  await page.evaluate(() => localStorage.setItem('amplop.mail', '{"undo":0}'))
  return page
}

async function write(page: Page, to: string, subject: string): Promise<void> {
  await page.click('.side .primary')
  await page.waitForSelector('.composer [name=text]')
  await page.fill('.composer [name=to]', to)
  await page.fill('.composer [name=subject]', subject)
}

const send = (page: Page) => page.click('.composer footer .primary')

/** Header fields that are several lines, too, as one. */
const unfolded = (text: string) => text.replace(/\r\n[ \t]+/g, ' ')

async function received(house: House, page: Page, subject: string, name = 'iqbal') {
  await page.waitForSelector('.composer', { state: 'detached' })
  for (;;) {
    const all = await house.inbox(name)
    const found = all.find((bytes) => digest(bytes).envelope.subject === subject)
    if (found) return unfolded(found.toString())
    await page.waitForTimeout(20)
  }
}

test('what is formatted leaves as HTML beside its text, what is not as text alone', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(t, house)
  await write(page, 'iqbal@example.com', 'Rich')
  await page.locator('.composer [name=text]').click()
  await page.keyboard.type('one ')
  await page.keyboard.press('Control+b')
  await page.keyboard.type('two')
  await page.keyboard.press('Control+b')
  await page.keyboard.press('Enter')
  await page.click('.tools [aria-label="List"]')
  await page.keyboard.type('three')
  await send(page)
  const rich = await received(house, page, 'Rich')
  assert.match(rich, /multipart\/alternative/)
  assert.match(rich, /\r\none two\r\n- three\r\n/)
  assert.match(rich, /<b>two<\/b>.*<ul><li>.*three.*<\/li><\/ul>/s)
  await write(page, 'iqbal@example.com', 'Bare')
  await page.locator('.composer [name=text]').click()
  await page.keyboard.type('one')
  await page.keyboard.press('Enter')
  await page.keyboard.type('two')
  await send(page)
  const bare = await received(house, page, 'Bare')
  assert.doesNotMatch(bare, /multipart|text\/html/)
  assert.match(bare, /\r\n\r\none\r\ntwo/)
})

test('an HTML letter is answered with its look, and its pictures go along', { skip }, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(t, house)
  const dot =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  await house.send(
    ['tito@example.com'],
    'From: Ann <ann@example.org>\r\nTo: tito+news@example.com, Bo <bo@example.net>\r\n' +
      'Cc: tito@example.com, cy@example.net\r\nReply-To: desk@example.org\r\nSubject: Offer\r\n' +
      'Message-ID: <o@example.org>\r\nReferences: <n@example.org>\r\nMIME-Version: 1.0\r\n' +
      'Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n' +
      '<table bgcolor="#eeeeee" style="width:300px"><tr><td style="color:green">Deal</td></tr></table>' +
      '<img src="cid:p@x" alt="P"><img src="https://t.example/x.png" alt="T">\r\n' +
      '--b\r\nContent-Type: image/png\r\nContent-ID: <p@x>\r\nContent-Transfer-Encoding: base64\r\n' +
      `\r\n${dot}\r\n--b--\r\n`,
  )
  await page.locator('.row', { hasText: 'Offer' }).click()
  await page.waitForSelector('.talk')
  await page.keyboard.press('a')
  await page.locator('.rich td').waitFor()
  assert.deepEqual(await page.locator('.field.to .pill span').allTextContents(), [
    ...['desk@example.org', 'Bo'],
  ])
  assert.deepEqual(await page.locator('.field.cc .pill span').allTextContents(), ['cy@example.net'])
  assert.equal(
    await page
      .locator('.rich td')
      .evaluate((node) => (node as unknown as { style: { color: string } }).style.color),
    'green',
  )
  for (const drop of [/desk@/, /bo@/, /cy@/]) await page.getByRole('button', { name: drop }).click()
  await page.fill('.composer [name=to]', 'iqbal@example.com')
  await page.locator('.composer [name=text]').click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('Yes')
  await send(page)
  const answer = await received(house, page, 'Re: Offer')
  assert.match(answer, /^From: .*tito\+news@example\.com/m)
  assert.match(answer, /^In-Reply-To: <o@example\.org>/m)
  assert.match(answer, /^References: <n@example\.org> <o@example\.org>/m)
  assert.match(answer, /multipart\/related/)
  assert.match(answer, /Content-ID: <p@x>/)
  const html = answer.replaceAll('=\r\n', '').replaceAll('=3D', '=')
  assert.match(html, /Yes.*<blockquote.*<table bgcolor="#eeeeee" style="width: ?300px;?">/s)
  assert.match(html, /<img[^>]* src="cid:p@x"/)
  assert.match(html, /<img[^>]* src="https:\/\/t\.example\/x\.png"/)
  await page.locator('.row', { hasText: 'Offer' }).first().waitFor()
})

test('recipients are chips that are offered, moved by keys, and warned of', { skip }, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(t, house)
  await house.send(
    ['tito@example.com'],
    'From: Siti Rahma <siti@kampus.example>\r\nSubject: Hi\r\n\r\nx\r\n',
  )
  await page.locator('.row', { hasText: 'Hi' }).waitFor()
  await page.click('.side .primary')
  const to = page.locator('.composer [name=to]')
  await to.pressSequentially('rah')
  await page.locator('.field.to [role=option]', { hasText: 'siti@kampus.example' }).waitFor()
  await page.keyboard.press('Enter')
  await to.pressSequentially('x@exarnple.com,not an address,')
  const states = () =>
    page
      .locator('.field.to .pill')
      .evaluateAll((all) =>
        all.map((each) => (each as unknown as { dataset: { state: string } }).dataset.state),
      )
  assert.deepEqual(await states(), ['outside', 'warn', 'bad'])
  await page.locator('.check', { hasText: 'exarnple.com looks like example.com' }).waitFor()
  await page.keyboard.press('Backspace')
  assert.equal(await to.inputValue(), 'not an address')
  await to.fill('')
  await page.keyboard.press('Backspace')
  await to.fill('')
  assert.deepEqual(await states(), ['outside'])
})

test('a letter for later waits, and a forgotten file is asked for', { skip }, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(t, house)
  await write(page, 'iqbal@example.com', 'Later')
  await page.fill('.composer [name=text]', 'See attached.')
  await send(page)
  await page.locator('dialog.ask', { hasText: 'attachment' }).waitFor()
  await page.locator('dialog.ask button', { hasText: 'Cancel' }).click()
  const attach = page.locator('.composer input[type=file][multiple]')
  await attach.setInputFiles({
    name: 'a.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('hello'),
  })
  await page.locator('.composer .files li[data-there]', { hasText: 'a.txt' }).waitFor()
  await page.click('.composer .later')
  await page.locator('[role=menuitem]', { hasText: 'Tomorrow' }).click()
  await page.locator('#toast p', { hasText: 'Goes out' }).waitFor()
  assert.equal((await house.inbox('iqbal')).length, 0)
})

test('several letters at once, each with its own words; a template begins one', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(t, house)
  await write(page, 'iqbal@example.com', 'First')
  await page.fill('.composer [name=text]', 'Dear all')
  await page.click('.composer [title=More]')
  await page.locator('[role=menuitem]', { hasText: 'template' }).click()
  await page.fill('dialog.ask input', 'Greeting')
  await page.click('dialog.ask .primary')
  await page.click('.side .primary')
  await page.locator('.composer').nth(1).waitFor()
  const second = page.locator('.composer').last()
  await second.locator('[name=text]').waitFor()
  await second.locator('[title=More]').click()
  await page.locator('[role=menuitem]', { hasText: 'Greeting' }).click()
  await second.locator('[name=text]', { hasText: 'Dear all' }).waitFor()
  assert.equal(await page.locator('.composer').count(), 2)
})

test('when the session ends, one logs in over the letter and goes on', { skip }, async (t) => {
  const house = await openHouse(t)
  const page = await comeIn(t, house)
  await write(page, 'iqbal@example.com', 'Kept')
  await page.context().clearCookies()
  await page.fill('.composer [name=text]', 'every word')
  await page.locator('dialog form.login').waitFor()
  await page.fill('dialog [name=name]', 'tito')
  await page.fill('dialog [name=password]', 'amplop')
  await page.click('dialog form.login button.primary')
  await page.waitForSelector('dialog form.login', { state: 'detached' })
  await send(page)
  assert.match(await received(house, page, 'Kept'), /every word/)
})
