// A real browser: Debian's Chromium, led by playwright-core.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { program } from './debian.ts'
import type { Cleanup } from './places.ts'

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const noBrowser = 'no Chromium here, and it cannot be installed'

/** The path of a browser, or undefined. */
export function browserPath(): Promise<string | undefined> {
  return program('chromium')
}

/** A browser with a profile of its own. */
export async function openBrowser(
  test: Cleanup,
  executablePath: string,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), 'amplop-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: quiet,
    headless: true,
    // What answers in the server's place would hide requests from those who count them.
    serviceWorkers: 'block',
    ...options,
  })
  test.after(async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  return context
}

/**
 * Resolves when the expression is true in the page. Playwright's own way to wait for one compiles it in
 * the page, which a page's Content-Security-Policy may forbid. The runner's limit ends what never is.
 */
export async function holds(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate(expression))) await page.waitForTimeout(20)
}
