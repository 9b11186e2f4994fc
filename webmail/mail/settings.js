// The settings: one page, an index at its side, a field that finds a setting by its words. Each part
// is a file of its own and knows what it changes; here is only their order.
import { el } from './dom.js'
import { passkeys } from './passkeys.js'
import { away } from './settings-away.js'
import { appearance, general, shortcuts } from './settings-general.js'
import { identities, labels } from './settings-people.js'
import { notifications, privacy, security } from './settings-privacy.js'
import { rules } from './settings-rules.js'
import { transfer } from './settings-transfer.js'
import { say } from './settings-words.js'
import { t } from './words.js'

/** @typedef {{name: string, title: string, draw: (ports: any) => (Node | string)[] | Promise<(Node | string)[]>}} Part */

/** @returns {readonly Part[]} */
export function settingParts() {
  return [
    ...[general(), appearance(), identities(), rules(), away(), labels()],
    ...[notifications(), privacy(), security(), passkeys(), transfer(), shortcuts()],
  ]
}

/** @param {HTMLElement} place @param {any} ports @param {string} wanted the part to begin at */
export function draw(place, ports, wanted) {
  const parts = settingParts()
  const sections = parts.map(({ name, title }) =>
    el('section', { id: `part-${name}`, 'aria-label': title }, el('h2', { tabIndex: -1 }, title)),
  )
  const find = el('input', { type: 'search', placeholder: say('find'), 'aria-label': say('find') })
  const none = el('p', { className: 'state', hidden: true }, say('noSetting'))
  const links = parts.map(({ title }, at) => {
    const link = el('button', { type: 'button' }, title)
    link.addEventListener('click', () => show(sections[at]))
    return el('li', {}, link)
  })
  find.addEventListener('input', () => {
    const shown = sections.map((section, at) => {
      section.hidden = !matches(section, find.value)
      const item = links[at]
      if (item) item.hidden = section.hidden
      return !section.hidden
    })
    none.hidden = shown.includes(true)
  })
  const index = el('nav', { 'aria-label': t('settings') }, find, el('ul', {}, ...links))
  place.append(
    el('header', { className: 'pagehead' }, ports.back, el('h1', {}, t('settings'))),
    el(
      'div',
      { className: 'settings' },
      index,
      el('div', { className: 'parts' }, ...sections, none),
    ),
  )
  const filled = parts.map((part, at) => fill(part, sections[at], ports))
  const begin = sections[parts.findIndex(({ name }) => name === wanted)]
  if (begin) void Promise.all(filled).then(() => show(begin))
}

async function fill(part, section, ports) {
  try {
    section.append(...(await part.draw({ ...ports, again: () => redraw(part, section, ports) })))
  } catch (error) {
    section.append(
      el(
        'p',
        { className: 'wrong' },
        t('failed') + (error instanceof Error ? error.message : String(error)),
      ),
    )
  }
}

async function redraw(part, section, ports) {
  const title = section.firstElementChild
  section.replaceChildren(title)
  await fill(part, section, ports)
}

function show(section) {
  section?.scrollIntoView({ block: 'start' })
  section?.querySelector('h2')?.focus({ preventScroll: true })
}

function matches(section, text) {
  const low = text.trim().toLowerCase()
  return low === '' || section.textContent.toLowerCase().includes(low)
}
