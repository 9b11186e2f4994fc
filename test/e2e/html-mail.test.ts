// HTML of strangers in a browser: attacks of the advisories and of DOMPurify's own tests in the
// list, the reader, a reply, on paper and on the board. Nothing runs, nothing asks elsewhere before
// a person wants pictures, and then only our proxy does.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { attack, attacks } from '../../src/message/html/testing/attacks.table.ts'
import { browserPath, holds, noBrowser, openBrowser } from '../support/browser.ts'
import { type House, openHouse } from '../support/house.ts'
import { watch } from '../support/strangers.ts'

const path = await browserPath()
const skip = path ? false : noBrowser
const tracker = 'tracker.example'
const corpus = process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus')
const purify = join(corpus, 'xss-dompurify/test/fixtures/expect.mjs')
const noCorpus = existsSync(purify) ? false : 'corpus absent (AMPLOP_CORPUS)'

const own = attacks.map((pattern, at) => attack(pattern, tracker, `xss(${at})`))

async function theirs(): Promise<string[]> {
  const { default: cases } = (await import(purify)) as { default: readonly { payload: string }[] }
  return cases.map(({ payload }) => payload)
}

/** Many texts of HTML in one message: each is cleaned by itself, all are shown in one frame. */
function letter(subject: string, bodies: readonly string[]): string {
  const parts = bodies.map(
    (body) =>
      'Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
      `${Buffer.from(body.toWellFormed()).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`,
  )
  const head =
    `From: "<img src=x onerror=xss(1)>" <ann@example.org>\r\nSubject: ${subject}\r\n` +
    'Message-ID: <x@example.org>\r\nMIME-Version: 1.0\r\n' +
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n'
  return `${head.replace('x@', `${subject.replace(/\W/g, '')}@`)}${parts.map((part) => `--b\r\n${part}`).join('')}--b--\r\n`
}

interface Scene {
  readonly house: House
  readonly browser: BrowserContext
  readonly page: Page
  readonly foreign: string[]
  readonly ran: string[]
}

async function open(t: TestContext, house: House): Promise<Scene> {
  assert.ok(path)
  const browser = await openBrowser(t, path, { viewport: { width: 1280, height: 800 } })
  const home = `http://127.0.0.1:${house.port('http')}`
  const { foreign, ran } = await watch(browser, home)
  const page = await browser.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(`${home}/mail/`)
  await page.fill('[name=name]', 'tito')
  await page.fill('[name=password]', 'amplop')
  await page.click('form.login button.primary')
  await page.waitForSelector('.rows')
  return { house, browser, page, foreign, ran }
}

/** Reads the message of that subject, and everything in it that can be clicked is. */
async function read({ page }: Scene, subject: string): Promise<void> {
  // Rows move while mail comes: a click may meet the one that came in between.
  const shown = page.locator(`h1:text-is("${subject}")`)
  for (let opened = false; !opened; ) {
    await page.locator('.row', { hasText: subject }).first().click()
    opened = await shown.waitFor({ timeout: 5_000 }).then(
      () => true,
      () => false,
    )
  }
  const frame = page.frameLocator('.card[open] .paper').last()
  await frame.locator('body').waitFor()
  await holds(
    page,
    `[...document.querySelectorAll('.card[open] .paper')].at(-1)?.contentDocument?.readyState === 'complete'`,
  )
  await page.emulateMedia({ media: 'print' })
  await page.emulateMedia({ media: 'screen' })
}

async function attacked(t: TestContext, bodies: readonly string[]): Promise<void> {
  const house = await openHouse(t)
  const scene = await open(t, house)
  const lines = bodies
    .filter((body) => body.length < 300)
    .map((body) => body.replace(/[^ -~]/g, ' '))
  for (const line of lines.slice(0, 40))
    await house.send(
      ['tito@example.com'],
      `From: "${line.replace(/["\\]/g, '')}" <a@example.org>\r\nSubject: ${line}\r\n\r\n${line}\r\n`,
    )
  // The last to come are on top of the list.
  const each = 120
  const subjects: string[] = []
  for (let at = 0; at < bodies.length; at += each) {
    const subject = `All ${at}`
    subjects.push(subject)
    await house.send(['tito@example.com'], letter(subject, bodies.slice(at, at + each)))
  }
  const { page, browser, foreign, ran } = scene
  for (const subject of subjects) {
    await read(scene, subject)
    await page.keyboard.press('r')
    await page.waitForSelector('.composer')
    await page.locator('.composer header button').last().click()
    await page.waitForSelector('.composer', { state: 'detached' })
  }
  const board = await browser.newPage()
  await board.goto(`http://127.0.0.1:${house.port('http')}/`)
  await board.waitForSelector('[data-card]')
  assert.deepEqual(ran, [])
  assert.deepEqual(foreign, [])
}

test('own attacks run nowhere and ask for nothing', { skip }, (t) => attacked(t, own))

test(
  'the attacks of DOMPurify run nowhere and ask for nothing',
  { skip: skip || noCorpus },
  async (t) => attacked(t, await theirs()),
)

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

test('pictures from elsewhere come when they are asked for, by our proxy, and stay trusted', {
  skip,
}, async (t) => {
  const fetched: string[] = []
  const house = await openHouse(t, {
    outside: {
      web: {
        picture: async (url) => {
          fetched.push(url)
          return url.endsWith('.png') ? dot : Buffer.from('<svg onload=xss(1)>')
        },
      },
    },
  })
  const scene = await open(t, house)
  const { page, foreign } = scene
  const html = `<p>Hi<img src="https://${tracker}/a.png"><img src="https://${tracker}/b"><img src="https://${tracker}/t.png" width=1 height=1>`
  await house.send(['tito@example.com'], letter('News', [html]))
  await read(scene, 'News')
  await page.waitForSelector('.blocked')
  assert.deepEqual(fetched, [])
  await page.locator('.blocked button').last().click()
  const frame = page.frameLocator('.paper')
  await frame.locator('img[src*="a.png"]').waitFor()
  await holds(
    page,
    `[...(document.querySelector('.paper')?.contentDocument?.images ?? [])]
      .some(({ naturalWidth }) => naturalWidth === 1)`,
  )
  await page.waitForSelector('.blocked', { state: 'detached' })
  assert.deepEqual(fetched.sort(), [`https://${tracker}/a.png`, `https://${tracker}/b`])
  await house.send(['tito@example.com'], letter('More', [html.replaceAll('/a', '/c')]))
  await page.reload()
  await page.waitForSelector('.row')
  await page.locator('.row', { hasText: 'More' }).click()
  await page.frameLocator('.paper').last().locator('img[src*="c.png"]').waitFor()
  assert.deepEqual(foreign, [])
  const cookie = (await scene.browser.cookies())
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  const home = `http://127.0.0.1:${house.port('http')}`
  const ask = async (address: string) =>
    (await fetch(home + address, { headers: { cookie } })).status
  const unsigned = `/mail/picture?u=${encodeURIComponent(`https://${tracker}/z.png`)}&s=`
  assert.equal(await ask(unsigned), 404)
  assert.equal(await ask(`${unsigned}${'A'.repeat(27)}`), 404)
  assert.equal(fetched.filter((url: string) => url.endsWith('z.png')).length, 0)
})

test('T002-14 bodies and pictures of somebody else are not there', { skip }, async (t) => {
  const house = await openHouse(t)
  const scene = await open(t, house)
  const related =
    'From: a@example.org\r\nSubject: Photo\r\nMIME-Version: 1.0\r\n' +
    'Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n' +
    '<p>See <img src="cid:p@x"></p>\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <p@x>\r\n' +
    `Content-Transfer-Encoding: base64\r\n\r\n${dot.toString('base64')}\r\n--b--\r\n`
  await house.send(['tito@example.com'], related)
  await read(scene, 'Photo')
  await scene.page.frameLocator('.paper').locator('img').waitFor()
  const addresses = await scene.page.evaluate<string[]>(
    `[document.querySelector('.paper').src, document.querySelector('.paper').contentDocument.images[0].src]`,
  )
  const cookies = async (browser: BrowserContext) =>
    (await browser.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const mine = await cookies(scene.browser)
  const statuses = async (cookie: string) =>
    Promise.all(addresses.map(async (url) => (await fetch(url, { headers: { cookie } })).status))
  assert.deepEqual(await statuses(mine), [200, 200])
  assert.deepEqual(await statuses(''), [401, 401])
  const login = await fetch(`http://127.0.0.1:${house.port('http')}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'iqbal', password: 'amplop' }),
  })
  assert.deepEqual(await statuses(login.headers.getSetCookie()[0]?.split(';')[0] ?? ''), [404, 404])
})
