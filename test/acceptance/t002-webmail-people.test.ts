// Source B's mail as people in browsers have it: the same bytes in every way in, every name of a
// person, large files whole, nobody else's mail, a quota that is seen.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserPath, noBrowser } from '../support/browser.ts'
import { type House, openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { comeIn, mailBrowser, rowOf, type } from '../support/webmail-page.ts'

const path = (await browserPath()) ?? ''
const skip = path === '' ? noBrowser : false

/** Sends without waiting to undo. */
async function send(page: Page, to: string, subject: string, text: string): Promise<void> {
  await page.evaluate(() => localStorage.setItem('amplop.mail', '{"undo":0}'))
  await page.keyboard.press('c')
  await type(page, to, subject, text)
  await page.keyboard.press('Control+Enter')
  await page.locator('.composer').waitFor({ state: 'detached' })
}

/** What the page's session is given at a path. */
function fetched(page: Page, url: string): Promise<{ status: number; text: string }> {
  const words = JSON.stringify(url)
  return page.evaluate(
    `fetch(${words}).then(async (answer) => ({ status: answer.status, text: await answer.text() }))`,
  )
}

function called(page: Page, calls: readonly unknown[]): Promise<unknown[][]> {
  const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']
  const body = JSON.stringify(JSON.stringify({ using, methodCalls: calls }))
  return page.evaluate(
    `fetch('/jmap/api', { method: 'POST', headers: { 'content-type': 'application/json' }, body: ${body} })
      .then((answer) => answer.json()).then(({ methodResponses }) => methodResponses)`,
  )
}

async function accountOf(page: Page): Promise<string> {
  const { text } = await fetched(page, '/jmap/session')
  return String(JSON.parse(text).primaryAccounts['urn:ietf:params:jmap:mail'])
}

/** The first email that the page's person has, with its blob. */
async function firstEmail(page: Page, account: string): Promise<{ id: string; blobId: string }> {
  const ids = { resultOf: '0', name: 'Email/query', path: '/ids' }
  const answers = await called(page, [
    ['Email/query', { accountId: account, filter: { inMailbox: 'inbox' } }, '0'],
    ['Email/get', { accountId: account, '#ids': ids, properties: ['blobId'] }, '1'],
  ])
  const { list } = (answers[1] ?? [])[1] as { list: { id: string; blobId: string }[] }
  assert.ok(list[0])
  return list[0]
}

test('T002-04 the page reads a message as it was written, and gives its very bytes', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  const text = 'Baris satu\r\n\r\n.titik\r\nBaris dua, é, <b>tidak tebal</b>\r\n'
  await house.send(
    ['tito@example.com'],
    `From: ann@example.org\r\nSubject: Seperti ditulis\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}`,
  )
  const page = await comeIn(await mailBrowser(t, path), house, 'tito')
  await rowOf(page, 'Seperti ditulis').click()
  const shown = await page.locator('.text').first().textContent()
  assert.equal(shown?.trim(), text.replaceAll('\r\n', '\n').trim())
  const account = await accountOf(page)
  const { blobId } = await firstEmail(page, account)
  const { text: bytes } = await fetched(page, `/jmap/download/${account}/${blobId}/m.eml?type=x/y`)
  const [stored] = await house.inbox('tito')
  assert.ok(stored && bytes.endsWith(`\r\n${stored}`), bytes)
})

test('T002-12 an address with a detail is written to from the page, and reaches its person', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  const iqbal = await comeIn(await mailBrowser(t, path), house, 'iqbal')
  const tito = await comeIn(await mailBrowser(t, path), house, 'tito')
  await send(tito, 'iqbal+kuliah@example.com', 'Nama', 'x')
  await rowOf(iqbal, 'Nama').waitFor()
  const [received] = (await house.inbox('iqbal')).map(String)
  assert.match(received ?? '', /^To: .*iqbal\+kuliah@example\.com/m)
})

test('T002-13 a file of 5 MB goes through the page and comes out whole', { skip }, async (t) => {
  const house = await openHouse(t)
  const bytes = randomBytes(5_000_000)
  const file = join(newFolder(t), 'data.bin')
  writeFileSync(file, bytes)
  const tito = await comeIn(await mailBrowser(t, path), house, 'tito')
  await tito.evaluate(() => localStorage.setItem('amplop.mail', '{"undo":0}'))
  await tito.keyboard.press('c')
  await type(tito, 'iqbal@example.com', 'Berkas', 'Surat dengan data: ñ é 漢字')
  await tito.locator('.composer input[type=file][multiple]').setInputFiles(file)
  await tito.locator('.composer .files li[data-there]').waitFor()
  await tito.keyboard.press('Control+Enter')
  await tito.locator('.composer').waitFor({ state: 'detached' })
  const iqbal = await comeIn(await mailBrowser(t, path, { acceptDownloads: true }), house, 'iqbal')
  await rowOf(iqbal, 'Berkas').click()
  const coming = iqbal.waitForEvent('download')
  await iqbal.locator('.files a[download]').first().click()
  const got = readFileSync(await (await coming).path())
  const hash = (of: Buffer) => createHash('sha256').update(of).digest('hex')
  assert.equal(hash(got), hash(bytes))
  assert.match((await iqbal.locator('.talk').textContent()) ?? '', /ñ é 漢字/)
})

test("T002-14 what is another's is not there, by address, id or name", { skip }, async (t) => {
  const house = await openHouse(t)
  await house.send(['iqbal@example.com'], 'Subject: Rahasia\r\n\r\nUntuk iqbal saja\r\n')
  const iqbal = await comeIn(await mailBrowser(t, path), house, 'iqbal')
  const his = await accountOf(iqbal)
  const { id, blobId } = await firstEmail(iqbal, his)
  const tito = await comeIn(await mailBrowser(t, path), house, 'tito')
  const own = await accountOf(tito)
  for (const account of [his, own]) {
    const ways = [
      `/jmap/download/${account}/${blobId}/m.eml?type=text/plain`,
      `/mail/body/${account}/${id}`,
      `/mail/part/${account}/${id}/0`,
    ]
    for (const way of ways) {
      const { status, text } = await fetched(tito, way)
      assert.ok(status >= 400, `${way} ${status}`)
      assert.doesNotMatch(text, /Untuk iqbal/)
    }
    const answers = await called(tito, [
      ['Email/get', { accountId: account, ids: [id] }, '0'],
      ['Email/query', { accountId: account, filter: { text: 'Rahasia' } }, '1'],
    ])
    assert.doesNotMatch(JSON.stringify(answers), /Rahasia|Untuk iqbal/)
  }
  await tito.goto(`http://127.0.0.1:${house.port('http')}/mail/?email=${id}`)
  await tito.waitForSelector('.rows')
  assert.doesNotMatch((await tito.textContent('body')) ?? '', /Rahasia/)
})

test('T002-16 a quota is seen, and what would break it is refused and said', {
  skip,
}, async (t) => {
  const house = await openHouse(t)
  const { rooms } = house.started
  assert.ok(rooms)
  const { id } = await rooms.accounts.show('tito@example.com')
  await rooms.mailboxes.setQuota(id, { quotaBytes: 1_000_000, quotaMessages: 0 })
  const page = await comeIn(await mailBrowser(t, path), house, 'tito')
  await page.locator('.quota meter').waitFor()
  assert.match((await page.locator('.quota').textContent()) ?? '', /1 MB/)
  assert.match(await house.send(['tito@example.com'], large()), /^(552 5|452 4)\.2\.2 /)
  await rooms.mailboxes.setQuota(id, { quotaBytes: 0, quotaMessages: 0 })
  assert.match(await house.send(['tito@example.com'], large()), /^250 /)
  await rowOf(page, 'Besar').waitFor()
})

function large(): string {
  return `Subject: Besar\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(2000)}`
}

const tongues = [
  ['en-US', 'Undo'],
  ['id-ID', 'Urungkan'],
  ['es-MX', 'Deshacer'],
] as const

async function undoable(page: Page, seconds: number): Promise<void> {
  await page.evaluate(`localStorage.setItem('amplop.mail', '{"undo":${seconds}}')`)
}

for (const [locale, undo] of tongues)
  test(`T002-01 the story: write, seen without reload, answer, undo, send again, ${locale}`, {
    skip,
  }, async (t) => {
    const house: House = await openHouse(t)
    const tito = await comeIn(await mailBrowser(t, path, { locale }), house, 'tito')
    const iqbal = await comeIn(await mailBrowser(t, path, { locale }), house, 'iqbal')
    await send(tito, 'iqbal@example.com', 'Rapat', 'Besok jam 9?')
    await rowOf(iqbal, 'Rapat').click()
    await iqbal.locator('.talk', { hasText: 'Besok' }).waitFor()
    await undoable(iqbal, 30)
    await iqbal.keyboard.press('r')
    const body = iqbal.locator('.composer [name=text], .composer [contenteditable=true]').first()
    await body.press('Home')
    await body.pressSequentially('Bisa. ')
    await iqbal.keyboard.press('Control+Enter')
    await iqbal.locator('#toast button', { hasText: undo }).click()
    await iqbal.locator('.composer').waitFor()
    assert.equal((await house.inbox('tito')).length, 0)
    await undoable(iqbal, 0)
    await iqbal.locator('.composer [name=subject]').click()
    await iqbal.keyboard.press('Control+Enter')
    const answer = tito.locator('.row.unread', { hasText: 'Rapat' })
    await answer.waitFor()
    await answer.click()
    await tito.locator('.talk', { hasText: 'Bisa.' }).waitFor()
    assert.equal((await house.inbox('tito')).length, 1)
  })
