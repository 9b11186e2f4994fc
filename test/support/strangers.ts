// Watches what a browser asks of others, and whether anything of a stranger's ran in it. Nothing
// leaves the machine.
import type { BrowserContext } from 'playwright-core'

export interface Watch {
  /** Addresses on other hosts that were asked for. */
  readonly foreign: string[]
  /** What told of itself: alerts and the like, in any frame. */
  readonly ran: string[]
}

/** All that is not at `own` ("http://127.0.0.1:8080") is noted and answered with nothing. */
export async function watch(browser: BrowserContext, own: string): Promise<Watch> {
  const foreign: string[] = []
  const ran: string[] = []
  await browser.route(
    (url) => url.origin !== own && !/^(?:data|blob|about):/.test(url.protocol),
    (route) => {
      foreign.push(route.request().url())
      return route.abort()
    },
  )
  await browser.exposeBinding('ran', (_source, what) => void ran.push(String(what)))
  await browser.addInitScript(() => {
    const tell = (what: unknown) =>
      (globalThis as unknown as { ran(what: unknown): void }).ran(what)
    Object.assign(globalThis, { alert: tell, prompt: tell, print: tell, xss: tell })
  })
  return { foreign, ran }
}
