// Reading a message in a browser: what is said of its sender, how it came, what is in it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserPath, noBrowser, openBrowser } from '../support/browser.ts'
import { openHouse } from '../support/house.ts'

const path = await browserPath()
const skip = path ? false : noBrowser

const letter = [
  ...['From: Siti <siti@exarnple.com>', 'To: list@lists.example', 'Subject: Rapat'],
  ...['List-Post: <mailto:list@lists.example>', 'MIME-Version: 1.0'],
  ...['Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: text/plain', ''],
  ...['Halo', '', '> satu', '> dua', '> tiga', '', '--b', 'Content-Type: text/calendar', ''],
  ...['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'SUMMARY:Rapat proyek', 'DTSTART:20261201T020000Z'],
  ...['LOCATION:Ruang 3', 'END:VEVENT', 'END:VCALENDAR', '', '--b', 'Content-Type: image/png'],
  ...['Content-Disposition: attachment; filename="a.png"', '', 'x', '--b--', ''],
].join('\r\n')

const languages = [
  ['en-US', 'looks like example.com', 'How it came', 'Reply to list'],
  ['id-ID', 'mirip example.com', 'Bagaimana surat ini datang', 'Balas ke milis'],
  ['es-MX', 'se parece a example.com', 'Cómo llegó', 'Responder a la lista'],
] as const

for (const [locale, like, came, list] of languages)
  test(`a message says who it is from, how it came and what is in it, ${locale}`, {
    skip,
  }, async (t) => {
    assert.ok(path)
    const house = await openHouse(t)
    await house.send(['tito@example.com'], letter)
    const browser = await openBrowser(t, path, { locale, viewport: { width: 1280, height: 800 } })
    const page = await browser.newPage()
    page.setDefaultTimeout(20_000)
    await page.goto(`http://127.0.0.1:${house.port('http')}/mail/`)
    await page.fill('[name=name]', 'tito')
    await page.fill('[name=password]', 'amplop')
    await page.click('form.login button.primary')
    await page.locator('.row', { hasText: 'Rapat' }).click()
    await page.locator('.trust', { hasText: like }).waitFor()
    await page.locator('.invite', { hasText: 'Ruang 3' }).waitFor()
    await page.locator('.files .open', { hasText: 'a.png' }).waitFor()
    await page.locator('.quoted:not([open]) summary').click()
    await page.locator('.quoted[open]', { hasText: '> dua' }).waitFor()
    const more = page.locator('.foot button').last()
    await more.click()
    await page.locator('[role=menuitem]', { hasText: came }).click()
    await page.locator('.said', { hasText: 'MAIL FROM:<ann@example.org>' }).waitFor()
    const tabs = page.locator('dialog.wide [role=tab]')
    await tabs.nth(1).click()
    assert.equal(await page.locator('.tree code').count(), 4)
    await tabs.nth(2).click()
    await page.locator('.lens th', { hasText: 'List-Post' }).waitFor()
    await tabs.nth(3).click()
    await page.locator('.lens pre', { hasText: 'BEGIN:VCALENDAR' }).waitFor()
    await page.keyboard.press('Escape')
    await more.click()
    await page.locator('[role=menuitem]', { hasText: list }).click()
    await page.locator('.composer .pill', { hasText: 'list@lists.example' }).waitFor()
  })

test('a list is left by one request of the server, after asking', { skip }, async (t) => {
  assert.ok(path)
  const posted: string[] = []
  const post = async (url: string, form: string) => void posted.push(`${url} ${form}`)
  const house = await openHouse(t, { outside: { web: { post } } })
  const head =
    'From: News <n@list.example>\r\nSubject: Kabar\r\nList-Unsubscribe: <https://list.example/u>\r\n' +
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n'
  await house.send(['tito@example.com'], `${head}\r\nx\r\n`)
  const browser = await openBrowser(t, path, { locale: 'en-US' })
  const page = await browser.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(`http://127.0.0.1:${house.port('http')}/mail/`)
  await page.fill('[name=name]', 'tito')
  await page.fill('[name=password]', 'amplop')
  await page.click('form.login button.primary')
  await page.locator('.row', { hasText: 'Kabar' }).click()
  await page.click('.leave')
  assert.deepEqual(posted, [])
  await page.click('dialog.ask .primary')
  await page.locator('#toast p', { hasText: 'left out' }).waitFor()
  assert.deepEqual(posted, ['https://list.example/u List-Unsubscribe=One-Click'])
})
