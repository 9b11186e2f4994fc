// The webmail in a browser, as a person uses it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import type { House } from './house.ts'
import type { Cleanup } from './places.ts'

const waitMs = 20_000

export function mailBrowser(
  t: Cleanup,
  path: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const usual = { locale: 'en-US', viewport: { width: 1280, height: 800 } }
  return openBrowser(t, path, { ...usual, ...options })
}

export async function comeIn(browser: BrowserContext, house: House, name: string): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(waitMs)
  await page.goto(`http://127.0.0.1:${house.port('http')}/mail/`)
  await page.fill('[name=name]', name)
  await page.fill('[name=password]', 'amplop')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.rows')
  return page
}

/** Types a letter into the composer that is open. */
export async function type(page: Page, to: string, subject: string, text: string): Promise<void> {
  await page.fill('.composer [name=to]', to)
  await page.fill('.composer [name=subject]', subject)
  const body = page.locator('.composer [name=text], .composer [contenteditable=true]').first()
  await body.fill(text)
}

/** Waits in the page until an expression is so: its policy lets no text be run, ours from here is. */
export function until(page: Page, expression: string): Promise<unknown> {
  const never = JSON.stringify(`never so: ${expression}`)
  return page.evaluate(`new Promise((resolve, reject) => {
    const end = Date.now() + ${waitMs}
    const look = async () => {
      if (await (${expression})) resolve(true)
      else if (Date.now() > end) reject(new Error(${never}))
      else setTimeout(look, 20)
    }
    look()
  })`)
}

/** The subjects that are listed, from the top, once there are so many. */
export async function listed(page: Page, count: number): Promise<string[]> {
  await until(page, `document.querySelectorAll('.row:not(.waiting)').length === ${count}`)
  return page.locator('.row .subject').allTextContents()
}

export function rowOf(page: Page, text: string) {
  return page.locator('.row', { hasText: text })
}

/** The button of a place in the rail. */
export function place(page: Page, name: string) {
  return page.locator('.places li > button:first-child', { hasText: name })
}

/** Waits for a sentence at the foot of the page. */
export async function said(page: Page, text: string): Promise<void> {
  await page.locator('#toast p', { hasText: text }).waitFor()
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Nothing on the screen is a serious hindrance to anybody. */
export async function faultless(page: Page, screen: string): Promise<void> {
  await page.evaluate(axe)
  const found = await page.evaluate<{ impact: string; id: string; nodes: { html: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  )
  const bad = found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(
    bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
    screen,
  )
}
