// The administration's page: who may see it, its parts, and which of them is shown.
import { el, icon, toast } from '../mail/dom.js'
import { login } from '../mail/login.js'
import { languageChoice } from '../mail/look.js'
import { accounts } from './accounts.js'
import { w } from './admin-words.js'
import { Api, NeedsLogin } from './api.js'
import { domains } from './domains.js'
import { home } from './home.js'
import { log } from './log.js'
import { queue } from './queue.js'
import { system } from './system.js'
import { trace } from './trace.js'

/**
 * A part: it puts itself into a place, and ends when the signal aborts.
 * @typedef {(place: HTMLElement, api: Api, signal: AbortSignal) => Promise<void>} Part
 */

/** @type {Record<string, readonly [string, Part]>} */
const parts = {
  home: ['check', home],
  accounts: ['people', accounts],
  domains: ['tag', domains],
  queue: ['out', queue],
  trace: ['find', trace],
  log: ['board', log],
  system: ['gear', system],
}

const app = /** @type {HTMLElement} */ (document.getElementById('app'))
const api = new Api()
const shown = { end: new AbortController() }

async function begin() {
  try {
    await api.open()
  } catch (error) {
    if (!(error instanceof NeedsLogin)) throw error
    await login(app, languageChoice())
    return begin()
  }
  document.title = `${w('title')} · Amplop`
  if (api.mayAdminister) frame()
  else stranger()
}

function stranger() {
  const text = el('p', {}, w('noAdmin', { address: api.address }))
  const mail = el('a', { href: '/mail' }, w('toMail'))
  app.replaceChildren(el('main', { className: 'alone' }, el('h1', {}, w('title')), text, mail))
}

function frame() {
  const nav = el(
    'nav',
    { className: 'parts', 'aria-label': w('title') },
    ...Object.entries(parts).map(([name, [sign]]) =>
      el('a', { href: `#${name}`, 'data-part': name }, icon(sign), el('span', {}, w(name))),
    ),
    el('a', { href: '/mail', className: 'last' }, icon('inbox'), el('span', {}, w('toMail'))),
  )
  const main = el('main', { id: 'main', tabIndex: -1 })
  const head = el('header', { className: 'top' }, el('strong', {}, 'Amplop'), languageChoice())
  app.replaceChildren(el('div', { className: 'house' }, head, nav, main))
  addEventListener('hashchange', () => show(main))
  show(main)
}

/** @param {HTMLElement} main */
async function show(main) {
  const wanted = location.hash.slice(1).split('/')[0] ?? ''
  const name = wanted in parts ? wanted : 'home'
  shown.end.abort()
  shown.end = new AbortController()
  const { signal } = shown.end
  for (const link of document.querySelectorAll('nav a[data-part]'))
    if (link.getAttribute('data-part') === name) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  const body = el('div', { className: 'body' })
  main.replaceChildren(el('h1', {}, w(name === 'home' ? 'question' : name)), body)
  const [, part] = /** @type {readonly [string, Part]} */ (parts[name])
  await part(body, api, signal).catch((error) => {
    if (error instanceof NeedsLogin) location.reload()
    else if (!signal.aborted) toast(error.message)
  })
}

begin().catch((error) => app.replaceChildren(el('p', { role: 'alert' }, error.message)))
