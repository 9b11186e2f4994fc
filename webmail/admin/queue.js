// What is still owed to other servers, and what can be done about it.
import { askSure } from '../mail/dialog.js'
import { el } from '../mail/dom.js'
import { w } from './admin-words.js'
import { button, every, searchField, size, table, tried, when } from './pieces.js'

/** @type {import('./admin.js').Part} */
export async function queue(place, api, signal) {
  const list = el('div', {})
  const wish = { text: '' }
  const look = async () => {
    const found = await api.find('QueueItem', { text: wish.text }, 100)
    if (signal.aborted || list.querySelector('details[open]')) return
    const heads = [w('to'), w('from'), w('state'), w('next'), w('lastSaid'), w('actions')]
    const rows = found.map((item) => rowOf(item, api, look))
    list.replaceChildren(
      rows.length > 0
        ? table(heads, rows, w('queue'))
        : el('p', { className: 'quiet' }, w('queueEmpty')),
    )
  }
  const search = searchField(w('search'), (text) => {
    wish.text = text
    look()
  })
  place.replaceChildren(el('div', { className: 'bar' }, search), list)
  await every(5_000, signal, look)
}

function rowOf(item, api, look) {
  const { id, traceId, state, destination, sender, recipients, nextAt, attempts, last } = item
  const order = (what) =>
    tried(() => api.set('QueueItem', { update: { [id]: { order: what } } }), w('done'), look)
  const cancel = async () => {
    if (await askSure(w('sureCancel', { name: recipients.join(', ') }), w('cancelMail')))
      await tried(() => api.set('QueueItem', { destroy: [id] }), w('done'), look)
  }
  const menu = el(
    'details',
    { className: 'menu-of' },
    el(
      'summary',
      { 'aria-label': `${w('actions')}: ${recipients[0] ?? destination}` },
      w('actions'),
    ),
    el(
      'div',
      {},
      button(w('retry'), () => order('retry')),
      state === 'held'
        ? button(w('release'), () => order('release'))
        : button(w('hold'), () => order('hold')),
      button(w('cancelMail'), cancel, 'danger'),
      el('a', { href: `#trace/${traceId}` }, w('whereIs')),
    ),
  )
  const to =
    recipients.length > 3 ? `${recipients.slice(0, 3).join(', ')} …` : recipients.join(', ')
  const next = state === 'waiting' ? when(nextAt) : '–'
  const tries = w('attempts', { n: attempts })
  return [to, `${sender || '<>'} · ${size(item.size)}`, w(`is_${state}`), next, last || tries, menu]
}
