// The board's page in a browser, as a reader sees it.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'

export interface ShownCard {
  readonly subject: string
  /** "sender to recipient, recipient" */
  readonly route: string
  readonly text: string
  /** The moment in its time element, milliseconds since 1970. */
  readonly at: number
  readonly outcome: string
  /** What was refused, in the literal words. */
  readonly replies: readonly string[]
  /** Each hop: "socket ok 1.2 ms", "relayed failed 3 ms", "screen none". */
  readonly journey: readonly string[]
  /** When it came to the page, milliseconds since 1970. */
  readonly arrived: number
}

const eyes = fileURLToPath(new URL('./in-page.js', import.meta.url))

/** A tab that can be asked by `ask`; it is the caller's to close. */
export async function newTab(browser: BrowserContext): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  await page.addInitScript({ path: eyes })
  return page
}

/** Opens the board in a tab of its own and waits until it is connected. */
export async function openBoard(browser: BrowserContext, url: string): Promise<Page> {
  const page = await newTab(browser)
  await page.goto(url)
  await live(page)
  return page
}

export async function live(page: Page): Promise<void> {
  await page.waitForSelector('[data-chip=live]')
}

/** Calls a function of in-page.js. */
export function ask<T>(page: Page, what: string, ...args: readonly string[]): Promise<T> {
  return page.evaluate<T>(`seen.${what}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)
}

/** Waits until `count` cards are shown, and no more; all of them from the top. */
export async function shown(page: Page, count: number): Promise<ShownCard[]> {
  const last = page.locator('[data-card]').nth(count - 1)
  await last.waitFor({ state: 'attached' })
  const cards = await ask<ShownCard[]>(page, 'cards')
  assert.equal(cards.length, count)
  return cards
}

/** What the page asks for from now on that is not its own, to be looked at later. */
export function strangeRequests(page: Page, url: string): string[] {
  const own = new URL('/board/', url).href
  const strange: string[] = []
  page.on('request', (request) => {
    const asked = request.url()
    if (asked !== url && !asked.startsWith(own)) strange.push(asked)
  })
  return strange
}
