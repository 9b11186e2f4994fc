// HTML of strangers in bare frames: without anything that stops them the attacks do run and ask
// elsewhere, so that they are attacks; under the policy of a message's frame none does.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { attack, attacks, leaks } from '../../src/message/html/testing/attacks.table.ts'
import { bodyPolicy } from '../../src/protocols/webmail/body.ts'
import { browserPath, noBrowser, openBrowser } from '../support/browser.ts'
import { watch } from '../support/strangers.ts'

const path = await browserPath()
const skip = path ? false : noBrowser
const tracker = 'tracker.example'
const own = attacks.map((pattern, at) => attack(pattern, tracker, `xss(${at})`))

/** A server of bare HTML, each text at its number, under the policy or without. */
async function bare(t: TestContext, bodies: readonly string[], policy: string) {
  const server = createServer((request, answer) => {
    const body = bodies[Number(request.url?.slice(1))]
    if (policy && body !== undefined) answer.setHeader('content-security-policy', policy)
    answer.setHeader('content-type', 'text/html; charset=utf-8')
    answer.end(body === undefined ? '' : `<!doctype html><body>${body}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** In the page: a frame for each number, all loaded or given up. */
const frames = `async (numbers, sandboxed) => {
  const loads = numbers.map((number) => {
    const frame = document.createElement('iframe')
    if (sandboxed)
      frame.sandbox = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox'
    frame.src = '/' + number
    document.body.append(frame)
    return Promise.race([
      new Promise((resolve) => (frame.onload = resolve)),
      new Promise((resolve) => setTimeout(resolve, 1500)),
    ])
  })
  await Promise.all(loads)
}`

/** Shows each in a frame of its own; what ran and what was asked for. */
async function shownBare(
  t: TestContext,
  bodies: readonly string[],
  enough: (foreign: readonly string[], ran: readonly string[]) => boolean,
  policy = '',
) {
  assert.ok(path)
  const home = await bare(t, bodies, policy)
  const browser = await openBrowser(t, path, {})
  const { foreign, ran } = await watch(browser, home)
  const page = await browser.newPage()
  await page.goto(`${home}/none`)
  for (let from = 0; from < bodies.length; from += 60) {
    const numbers = bodies.slice(from, from + 60).map((_, at) => from + at)
    await page.evaluate(`(${frames})(${JSON.stringify(numbers)}, ${policy !== ''})`)
    if (page.url() !== `${home}/none`) await page.goto(`${home}/none`)
  }
  // Those that are to be seen are waited for, on a busy machine, too.
  for (let waits = 0; waits < 400 && !enough(foreign, ran); waits++) await page.waitForTimeout(100)
  return { foreign: new Set(foreign), ran: new Set(ran) }
}

test('the same attacks do run and ask where nothing stops them', { skip }, async (t) => {
  const { foreign, ran } = await shownBare(
    t,
    own,
    (foreign, ran) => new Set(foreign).size >= 50 && new Set(ran).size >= 50,
  )
  assert.ok(ran.size >= 50, `${ran.size} ran`)
  assert.ok(foreign.size >= 50, `${foreign.size} asked`)
})

test('38 leaks: the policy of the frame alone stops each', { skip }, async (t) => {
  const bodies = leaks.map((pattern) => attack(pattern, tracker, ''))
  assert.equal(bodies.length, 38)
  const free = await shownBare(t, bodies, (foreign) => new Set(foreign).size >= 25)
  assert.ok(free.foreign.size >= 25, `${free.foreign.size} of 38 without the policy`)
  const kept = await shownBare(t, bodies, () => true, bodyPolicy)
  assert.deepEqual([...kept.foreign, ...kept.ran], [])
})
