// What one did to one's mail, the newest first, each to be taken back. Knows the server's entries.
import { el, toast } from './dom.js'
import { say as listed } from './list-words.js'
import { button, line } from './settings-form.js'
import { say } from './settings-words.js'
import { longDate, mailboxName, t } from './words.js'

const pageMax = 100

/** @param {HTMLElement} place @param {any} ports */
export function draw(place, ports) {
  const list = el('ul', { className: 'cards' })
  const more = button(say('olderOnes'), () => void fill(page))
  const page = { list, more, ports, position: 0, day: '' }
  more.hidden = true
  place.append(
    el('header', { className: 'pagehead' }, ports.back, el('h1', {}, listed('activity'))),
    el(
      'div',
      { className: 'contacts' },
      el('p', { className: 'quiet' }, say('activityHint')),
      list,
      more,
    ),
  )
  void fill(page)
}

async function fill(page) {
  const { list, more, ports } = page
  const ids = { resultOf: '0', name: 'ActivityEntry/query', path: '/ids' }
  try {
    const [found, entries, bulks] = await ports.jmap.call([
      ['ActivityEntry/query', { position: page.position, limit: pageMax }],
      ['ActivityEntry/get', { '#ids': ids }],
      ['EmailBulk/get', { ids: null }],
    ])
    page.position += found.ids.length
    more.hidden = found.ids.length < pageMax
    // How many a job changed, it knows itself.
    const counts = new Map(bulks.list.map(({ id, processed }) => [id, processed]))
    const byId = new Map(
      entries.list.map((entry) => [
        entry.id,
        { ...entry, count: counts.get(entry.bulkId) ?? entry.count },
      ]),
    )
    for (const id of found.ids) if (byId.has(id)) list.append(...rows(page, byId.get(id)))
    if (page.position === 0) list.append(el('li', { className: 'state' }, say('noActivity')))
  } catch (error) {
    ports.failed(error)
  }
}

function rows(page, entry) {
  const day = new Date(entry.at).toLocaleDateString(document.documentElement.lang, {
    dateStyle: 'full',
  })
  const head = day === page.day ? [] : [el('li', { className: 'day' }, el('h2', {}, day))]
  page.day = day
  const undo = button(t('undo'), async () => {
    undo.disabled = true
    try {
      await page.ports.jmap.set('ActivityEntry/set', { update: { [entry.id]: { isUndone: true } } })
      undo.replaceWith(el('span', { className: 'quiet' }, say('takenBack')))
      toast(t('undone'))
      page.ports.changed()
    } catch (error) {
      undo.disabled = false
      page.ports.failed(error)
    }
  })
  const final = entry.what === 'destroyed'
  const end = entry.isUndone ? el('span', { className: 'quiet' }, say('takenBack')) : undo
  const about = [longDate(entry.at), entry.via === 'browser' ? '' : say('byProgram')]
  const words = [
    el('b', { dir: 'auto' }, sentence(entry, page.ports.boxes(), page.ports.labels.all)),
    el('small', { dir: 'auto' }, [...about, entry.subject].filter(Boolean).join(' · ')),
  ]
  return [...head, line(words, final && !entry.isUndone ? [] : [end])]
}

/** "Moved 3 to Archive." of an entry. */
export function sentence({ what, count, change }, boxes, labels) {
  const n = count
  if (what === 'snoozed') return say('didSnooze', { n })
  if (what === 'destroyed') return say('didDestroy', { n })
  const parts = Object.entries(change ?? {})
  if (change?.destroy) return listed('movedTo', { n, place: t('trash') })
  const moved = change?.mailboxIds ? Object.keys(change.mailboxIds) : []
  const added = parts
    .filter(([path, on]) => path.startsWith('mailboxIds/') && on)
    .map(([path]) => path.slice(11))
  const [box] = [...moved, ...added]
  if (box) {
    const place = boxes.find(({ id }) => id === box)
    return listed('movedTo', { n, place: place ? mailboxName(place) : '?' })
  }
  const [path = '', on] = parts.find(([each]) => each.startsWith('keywords/')) ?? []
  const keyword = path.slice(9)
  const label = labels.find((each) => each.keyword === keyword)
  const names = { $seen: on ? 'didRead' : 'didUnread', $flagged: on ? 'didStar' : 'didUnstar' }
  if (names[keyword]) return say(/** @type {any} */ (names[keyword]), { n })
  if (keyword) return say(on ? 'didLabel' : 'didUnlabel', { n, label: label?.name ?? keyword })
  return listed('marked', { n })
}
