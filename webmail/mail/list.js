// The message list: as many rows as are seen, of any number of messages. Knows which messages it
// lists by asking; draws text only.
import { el } from './dom.js'
import { Places, stretches } from './groups.js'
import { say } from './list-words.js'
import { rowKey, rowOf } from './row.js'
import { Selection } from './selection.js'
import { t } from './words.js'

export { people } from './row.js'

const pageRows = 50
const wanted = [
  ...['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'from', 'to', 'subject', 'preview'],
  ...['receivedAt', 'hasAttachment'],
]
const sort = [{ property: 'receivedAt', isAscending: false }]

/**
 * @typedef {{filter: any, sent?: boolean, words?: boolean, until?: Map<string, string>, emptyWord: string}} Listing
 * what is listed: recipients matter in `sent`, where words were found in `words`, `until` when some
 * are put off
 */

export class List {
  #ports
  /** @type {Listing} */
  #listing = { filter: {}, emptyWord: '' }
  /** What answer counts: of an older question it is thrown away. */
  #turn = 0
  #total = 0
  #known = false
  /** @type {Map<number, any>} by place */
  #rows = new Map()
  #counts = new Map()
  #snippets = new Map()
  #asked = new Set()
  /** @type {Map<number, {key: string, element: HTMLElement}>} what is drawn, by place */
  #drawn = new Map()
  #places = new Places()
  selected = -1
  selection = new Selection(() => {
    this.#draw()
    this.#ports.selected()
  })
  #canvas = el('div', { className: 'canvas' })
  element

  /** @param {{jmap: any, labels: any, open: (email: any) => void, found: (emails: any[], first: boolean) => void, selected: () => void, act: (name: string, email: any, event: Event) => void, failed: (error: unknown) => void}} ports */
  constructor(ports) {
    this.#ports = ports
    const attributes = {
      className: 'rows',
      role: 'listbox',
      tabIndex: 0,
      'aria-label': t('messages'),
      'aria-multiselectable': 'true',
    }
    this.element = el('div', attributes, this.#canvas)
    this.element.addEventListener('scroll', () => this.#draw(), { passive: true })
    this.element.addEventListener('click', (event) => this.#clicked(event))
    new ResizeObserver(() => this.measure()).observe(this.element)
  }

  /** How high a row is, as the style sheet has it: the density may have changed. */
  measure() {
    const style = getComputedStyle(this.element)
    this.#places.rowPx = Number.parseInt(style.getPropertyValue('--row'), 10) || 72
    for (const { element } of this.#drawn.values()) element.remove()
    this.#drawn.clear()
    this.#draw()
  }

  /** Another mailbox or search. @param {Listing} listing */
  show(listing) {
    this.#listing = listing
    this.#rows.clear()
    this.#snippets.clear()
    this.#places.heads = []
    this.#total = 0
    this.#known = false
    this.selected = -1
    this.selection.clear()
    this.element.scrollTop = 0
    this.#draw()
    return this.refresh()
  }

  get filter() {
    return this.#listing.filter
  }

  get current() {
    return this.#rows.get(this.selected)
  }

  /** Where a menu for what is selected opens. */
  get spot() {
    return this.#drawn.get(this.selected)?.element.querySelector('.subject') ?? this.element
  }

  get total() {
    return this.#total
  }

  get known() {
    return this.#known
  }

  /** Those that are loaded, in order. */
  get loaded() {
    return [...this.#rows].sort(([a], [b]) => a - b).map(([, email]) => email)
  }

  /** Asks anew for what is seen; what was selected stays so, and what is read stays where it is. */
  async refresh() {
    const turn = ++this.#turn
    this.#asked.clear()
    const top = this.#places.rowAt(this.element.scrollTop)
    const from = Math.floor(top / pageRows) * pageRows
    const before = this.current?.id
    const anchor = this.element.scrollTop > 0 ? this.#rows.get(top)?.id : undefined
    const offset = this.element.scrollTop - this.#places.top(top)
    await this.#ask(from, turn, () => this.#rows.clear())
    if (turn !== this.#turn) return
    const place = this.#placeOf(before)
    if (place !== undefined) this.selected = place
    const stays = this.#placeOf(anchor)
    if (stays !== undefined && stays !== top)
      this.element.scrollTop = this.#places.top(stays) + offset
    this.#draw()
    await this.#askHeads(turn)
  }

  select(place, open = true) {
    if (this.#total === 0) return
    this.selected = Math.max(0, Math.min(place, this.#total - 1))
    const top = this.#places.top(this.selected)
    const { scrollTop, clientHeight } = this.element
    const { rowPx, headPx } = this.#places
    if (top - headPx < scrollTop) this.element.scrollTop = Math.max(0, top - headPx)
    else if (top + rowPx > scrollTop + clientHeight)
      this.element.scrollTop = top + rowPx - clientHeight
    this.#draw()
    const email = this.current
    if (open && email) this.#ports.open(email)
  }

  /** @param {number} by moves on and selects all between, as Shift does everywhere */
  extend(by) {
    if (this.selection.size === 0 && this.current) this.#extendTo(this.selected)
    this.select(this.selected + by, false)
    this.#extendTo(this.selected)
  }

  toggle() {
    if (this.current) this.selection.toggle(this.current, this.selected)
  }

  /** Shows at once what was just done to an email; the next answer decides. */
  patch(id, keywords) {
    for (const email of this.#rows.values()) if (email.id === id) email.keywords = keywords
    this.#draw()
  }

  /** Takes away at once what was just filed elsewhere. @param {ReadonlySet<string>} ids */
  drop(ids) {
    const left = this.#total - ids.size
    const kept = [...this.#rows].sort(([a], [b]) => a - b)
    let gone = 0
    this.#rows.clear()
    for (const [place, email] of kept)
      if (ids.has(email.id)) gone++
      else this.#rows.set(place - gone, email)
    this.#total = Math.max(left, this.#rows.size)
    this.#places.heads = this.#places.heads.map((head) => {
      const before = kept.filter(([place, { id }]) => place < head.at && ids.has(id)).length
      return { ...head, at: head.at - before }
    })
    if (this.selected >= this.#total) this.selected = this.#total - 1
    this.#draw()
  }

  /** @param {number} place */
  emailAt(place) {
    return this.#rows.get(place)
  }

  /** The email of the row that an element is in. @param {unknown} target */
  pointedAt(target) {
    const row = target instanceof Element ? target.closest('.row') : null
    return row ? this.#rows.get(Number(row.id.slice(4))) : undefined
  }

  /** Everything is drawn anew: labels have other names. */
  redraw() {
    this.#draw()
  }

  #placeOf(id) {
    if (id === undefined) return undefined
    for (const [place, email] of this.#rows) if (email.id === id) return place
    return undefined
  }

  #extendTo(place) {
    this.selection.extend(place, (at) => this.#rows.get(at))
  }

  #clicked(event) {
    const { target } = event
    if (!(target instanceof Element)) return
    const row = target.closest('.row')
    const place = Number(row?.id.slice(4))
    const email = row ? this.#rows.get(place) : undefined
    if (!email) return
    const act = target.closest('[data-act]')
    if (act) return this.#ports.act(act.getAttribute('data-act') ?? '', email, event)
    if (event.shiftKey) return this.#extendTo(place)
    if (event.ctrlKey || event.metaKey || target.closest('.pick')) {
      this.selected = place
      return this.selection.toggle(email, place)
    }
    this.select(place)
  }

  async #ask(position, turn, first = () => {}) {
    if (this.#asked.has(position)) return
    this.#asked.add(position)
    const { filter, words } = this.#listing
    const query = { filter, sort, position, limit: pageRows, collapseThreads: true }
    const from = (name, path, resultOf) => ({ resultOf, name, path })
    const found = { '#emailIds': from('Email/query', '/ids', '0'), filter }
    try {
      const [page, emails, threads, snippets] = await this.#ports.jmap.call([
        ['Email/query', { ...query, calculateTotal: true }],
        ['Email/get', { '#ids': from('Email/query', '/ids', '0'), properties: wanted }],
        ['Thread/get', { '#ids': from('Email/get', '/list/*/threadId', '1') }],
        ...(words ? [['SearchSnippet/get', found]] : []),
      ])
      if (turn !== this.#turn) return
      const began = !this.#known
      first()
      this.#known = true
      this.#total = page.total
      for (const { id, emailIds } of threads.list) this.#counts.set(id, emailIds.length)
      for (const snippet of snippets?.list ?? []) this.#snippets.set(snippet.emailId, snippet)
      const byId = new Map(emails.list.map((email) => [email.id, email]))
      page.ids.forEach((id, at) => {
        if (byId.has(id)) this.#rows.set(page.position + at, byId.get(id))
      })
      for (const email of emails.list) email.snoozedUntil = this.#listing.until?.get(email.id)
      this.selection.renew(emails.list)
      this.#draw()
      this.#ports.found(emails.list, began)
    } catch (error) {
      this.#asked.delete(position)
      this.#ports.failed(error)
    }
  }

  /** Where each stretch of days ends: counted by the server, once what is seen is drawn. */
  async #askHeads(turn) {
    const { filter, words } = this.#listing
    if (words || this.#total === 0) return
    const all = stretches(Date.now())
    const page = { limit: 0, calculateTotal: true, collapseThreads: true, sort }
    const calls = all.slice(0, -1).map(([, ms]) => {
      const after = new Date(ms).toISOString().replace(/\.\d+/, '')
      return ['Email/query', { ...page, filter: and(filter, { after }) }]
    })
    try {
      const counted = await this.#ports.jmap.call(calls)
      if (turn !== this.#turn) return
      const until = all.map(
        ([name], at) => /** @type {const} */ ([name, Number(counted[at]?.total ?? this.#total)]),
      )
      const top = this.#places.rowAt(this.element.scrollTop)
      const offset = this.element.scrollTop - this.#places.top(top)
      const atTop = this.element.scrollTop === 0
      this.#places.setHeads(until)
      if (!atTop) this.element.scrollTop = this.#places.top(top) + offset
      this.#draw()
    } catch {
      // Without headings the list is what it was.
    }
  }

  #draw() {
    const { scrollTop, clientHeight } = this.element
    this.#canvas.style.height = `${this.#places.height(this.#total)}px`
    if (this.#total === 0) return this.#drawNothing()
    if (this.#drawn.size === 0) this.#canvas.replaceChildren()
    const first = Math.max(0, this.#places.rowAt(scrollTop) - 4)
    const last = this.#places.rowAfter(scrollTop + clientHeight, this.#total)
    for (const [place, { element }] of this.#drawn)
      if (place < first || place >= last) {
        element.remove()
        this.#drawn.delete(place)
      }
    for (let place = first; place < last; place++) {
      if (!this.#rows.has(place)) void this.#ask(pageOf(place), this.#turn)
      this.#drawRow(place)
    }
    this.#drawHeads(first, last)
    const current = this.#drawn.get(this.selected)?.element
    if (current) this.element.setAttribute('aria-activedescendant', current.id)
    else this.element.removeAttribute('aria-activedescendant')
  }

  #drawNothing() {
    for (const { element } of this.#drawn.values()) element.remove()
    this.#drawn.clear()
    this.element.removeAttribute('aria-activedescendant')
    const waiting = Array.from({ length: 6 }, () =>
      el(
        'div',
        { className: 'row waiting still', 'aria-hidden': 'true' },
        el('i', {}),
        el('i', {}),
        el('i', {}),
      ),
    )
    const empty = el('p', { className: 'state', role: 'status' }, this.#listing.emptyWord)
    const looking = el('span', { className: 'sr', role: 'status' }, say('loading'))
    this.#canvas.replaceChildren(...(this.#known ? [empty] : [looking, ...waiting]))
  }

  #drawRow(place) {
    const email = this.#rows.get(place)
    const shown = {
      place,
      total: this.#total,
      current: place === this.selected,
      chosen: email ? this.selection.has(email.id) : this.selection.everything,
      sent: this.#listing.sent ?? false,
      labels: email ? this.#ports.labels.of(email.keywords) : [],
      count: email ? (this.#counts.get(email.threadId) ?? 1) : 1,
      snippet: email ? this.#snippets.get(email.id) : undefined,
    }
    const key = rowKey(email, shown)
    const before = this.#drawn.get(place)
    const element = before?.key === key ? before.element : rowOf(email, shown)
    element.style.top = `${this.#places.top(place)}px`
    if (before?.element === element) return
    before?.element.remove()
    this.#drawn.set(place, { key, element })
    this.#insert(place, element)
  }

  /** Among the others in their order: a screen reader reads them in that of the page. */
  #insert(place, element) {
    const next = [...this.#drawn].filter(([at]) => at > place).sort(([a], [b]) => a - b)[0]
    this.#canvas.insertBefore(element, next?.[1].element ?? null)
  }

  #drawHeads(first, last) {
    for (const old of this.#canvas.querySelectorAll('.days')) old.remove()
    for (const { at, name } of this.#places.heads) {
      if (at < first || at >= last) continue
      const head = el(
        'div',
        { className: 'days', 'aria-hidden': 'true' },
        say(/** @type {any} */ (name)),
      )
      head.style.top = `${this.#places.headTop(at)}px`
      this.#canvas.append(head)
    }
  }
}

function pageOf(place) {
  return Math.floor(place / pageRows) * pageRows
}

/** Both, where the one may be none. @param {any} filter @param {any} other */
export function and(filter, other) {
  if (Object.keys(filter).length === 0) return other
  return { operator: 'AND', conditions: [filter, other] }
}
