// Everything there is to do or to open, by the beginning of its name. Knows commands only.
import { el } from './dom.js'
import { say } from './list-words.js'

/** @typedef {{label: string, hint?: string, act: () => unknown}} Command */

const shownMax = 60

/** @param {readonly Command[]} commands */
export function openPalette(commands) {
  const input = el('input', {
    ...{
      type: 'text',
      placeholder: say('palette'),
      'aria-label': say('palette'),
      role: 'combobox',
    },
    ...{ 'aria-expanded': 'true', 'aria-controls': 'commands', autocomplete: 'off' },
  })
  const list = el('ul', { id: 'commands', role: 'listbox', 'aria-label': say('commands') })
  const dialog = el('dialog', { className: 'palette', 'aria-label': say('palette') }, input, list)
  /** @type {readonly Command[]} */
  let found = []
  let at = 0
  const run = (command) => {
    dialog.close()
    command?.act()
  }
  const draw = () => {
    const rows = found.map(({ label, hint }, place) =>
      el(
        'li',
        { id: `command-${place}`, role: 'option', 'aria-selected': String(place === at) },
        el('span', {}, label),
        hint ? el('kbd', {}, hint) : undefined,
      ),
    )
    for (const [place, row] of rows.entries())
      row.addEventListener('click', () => run(found[place]))
    list.replaceChildren(...rows)
    if (rows.length === 0)
      list.append(
        el('li', { className: 'quiet', role: 'option', 'aria-disabled': 'true' }, say('noCommand')),
      )
    rows[at]?.scrollIntoView({ block: 'nearest' })
    input.setAttribute('aria-activedescendant', rows[at]?.id ?? '')
  }
  const search = () => {
    found = matching(commands, input.value).slice(0, shownMax)
    at = 0
    draw()
  }
  input.addEventListener('input', search)
  dialog.addEventListener('keydown', (event) => {
    event.stopPropagation()
    if (event.key === 'Enter') run(found[at])
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key !== 'Enter' && by === undefined) return
    event.preventDefault()
    if (by === undefined || found.length === 0) return
    at = (at + by + found.length) % found.length
    draw()
  })
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close())
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  search()
}

/** Those that have every word, first those that begin with the first. @param {string} text */
export function matching(commands, text) {
  const words = plain(text).split(/\s+/).filter(Boolean)
  const hits = commands.filter(({ label }) => words.every((word) => plain(label).includes(word)))
  const first = words[0] ?? ''
  const rank = ({ label }) => (new RegExp(`(^|\\s)${escaped(first)}`).test(plain(label)) ? 0 : 1)
  return [...hits].sort((a, b) => rank(a) - rank(b))
}

function plain(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
