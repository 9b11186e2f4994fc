// The log as it is written.
import { el } from '../mail/dom.js'
import { w } from './admin-words.js'
import { every, searchField } from './pieces.js'

const shownMax = 500

/** @type {import('./admin.js').Part} */
export async function log(place, api, signal) {
  const list = el('ol', { className: 'log', tabIndex: 0, 'aria-label': w('log') })
  const wish = { text: '', level: 'info', after: '' }
  const anew = () => {
    wish.after = ''
    list.replaceChildren()
    look()
  }
  const look = async () => {
    if (pause.checked) return
    const asked = { ...wish }
    const found = await api.find('LogEntry', asked, 1_000)
    if (signal.aborted || asked.after !== wish.after || asked.text !== wish.text) return
    wish.after = found.at(-1)?.id ?? wish.after
    const low = list.scrollHeight - list.scrollTop - list.clientHeight < 40
    list.append(...found.map(lineOf))
    while (list.childElementCount > shownMax) list.firstElementChild?.remove()
    if (low) list.scrollTop = list.scrollHeight
  }
  const search = searchField(w('search'), (text) => {
    wish.text = text
    anew()
  })
  const level = el(
    'select',
    { 'aria-label': w('level') },
    ...['info', 'warn', 'error'].map((value) => el('option', { value }, w(`level_${value}`))),
  )
  level.addEventListener('change', () => {
    wish.level = level.value
    anew()
  })
  const pause = el('input', { type: 'checkbox' })
  const stop = el('label', { className: 'check' }, pause, el('span', {}, w('pause')))
  place.replaceChildren(el('div', { className: 'bar' }, search, level, stop), list)
  await every(2_000, signal, look)
}

function lineOf({ at, level, event, fields }) {
  const time = new Date(at).toLocaleTimeString(document.documentElement.lang)
  return el(
    'li',
    { className: level },
    el('time', { dateTime: at }, time),
    el('b', {}, level),
    el('strong', {}, event),
    el('code', {}, fields === '{}' ? '' : fields),
  )
}
