// The message list: as many rows as are seen, of any number of messages. Knows which messages it
// lists by asking; draws text only.
import { el, icon } from './dom.js'
import { shortDate, t } from './words.js'

const rowPx = 72
const pageRows = 50
const wanted = [
  ...['id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'from', 'to', 'subject', 'preview'],
  ...['receivedAt', 'hasAttachment'],
]

export class List {
  #ports
  #filter = {}
  #sent = false
  /** What answer counts: of an older question it is thrown away. */
  #turn = 0
  #total = 0
  /** @type {Map<number, any>} by place */
  #rows = new Map()
  #asked = new Set()
  selected = -1
  #canvas = el('div', { className: 'canvas' })
  element

  /** @param {{jmap: any, open: (email: any) => void, found: (emails: any[]) => void, emptyWord: () => string, failed: (error: unknown) => void}} ports */
  constructor(ports) {
    this.#ports = ports
    const attributes = {
      className: 'rows',
      role: 'listbox',
      tabIndex: 0,
      'aria-label': t('messages'),
    }
    this.element = el('div', attributes, this.#canvas)
    this.element.addEventListener('scroll', () => this.#draw(), { passive: true })
    new ResizeObserver(() => this.#draw()).observe(this.element)
  }

  /** Another mailbox or search. @param {object} filter @param {boolean} sent recipients matter */
  show(filter, sent) {
    this.#filter = filter
    this.#sent = sent
    this.#rows.clear()
    this.#total = 0
    this.selected = -1
    this.element.scrollTop = 0
    this.#canvas.replaceChildren()
    return this.refresh()
  }

  /** Asks anew for what is seen; what was selected stays so. */
  async refresh() {
    const turn = ++this.#turn
    this.#asked.clear()
    const from = Math.floor(this.element.scrollTop / rowPx / pageRows) * pageRows
    const before = this.current?.id
    await this.#ask(from, turn, () => this.#rows.clear())
    if (turn !== this.#turn || before === undefined) return
    const place = [...this.#rows].find(([, email]) => email.id === before)?.[0]
    if (place !== undefined) this.selected = place
    this.#draw()
  }

  get current() {
    return this.#rows.get(this.selected)
  }

  get total() {
    return this.#total
  }

  select(place, open = true) {
    if (this.#total === 0) return
    this.selected = Math.max(0, Math.min(place, this.#total - 1))
    const top = this.selected * rowPx
    const { scrollTop, clientHeight } = this.element
    if (top < scrollTop) this.element.scrollTop = top
    else if (top + rowPx > scrollTop + clientHeight)
      this.element.scrollTop = top + rowPx - clientHeight
    this.#draw()
    const email = this.current
    if (open && email) this.#ports.open(email)
  }

  /** Shows at once what was just done to an email; the next answer decides. */
  patch(id, keywords) {
    for (const email of this.#rows.values()) if (email.id === id) email.keywords = keywords
    this.#draw()
  }

  async #ask(position, turn, first = () => {}) {
    if (this.#asked.has(position)) return
    this.#asked.add(position)
    const sort = [{ property: 'receivedAt', isAscending: false }]
    const query = { filter: this.#filter, sort, position, limit: pageRows, collapseThreads: true }
    const ids = { resultOf: '0', name: 'Email/query', path: '/ids' }
    try {
      const [page, emails] = await this.#ports.jmap.call([
        ['Email/query', { ...query, calculateTotal: true }],
        ['Email/get', { '#ids': ids, properties: wanted }],
      ])
      if (turn !== this.#turn) return
      first()
      this.#total = page.total
      const byId = new Map(emails.list.map((email) => [email.id, email]))
      page.ids.forEach((id, at) => {
        if (byId.has(id)) this.#rows.set(page.position + at, byId.get(id))
      })
      this.#ports.found(emails.list)
      this.#draw()
    } catch (error) {
      this.#asked.delete(position)
      this.#ports.failed(error)
    }
  }

  #draw() {
    const { scrollTop, clientHeight } = this.element
    const first = Math.max(0, Math.floor(scrollTop / rowPx) - 4)
    const last = Math.min(this.#total, Math.ceil((scrollTop + clientHeight) / rowPx) + 4)
    this.#canvas.style.height = `${this.#total * rowPx}px`
    if (this.#total === 0) {
      const empty = el('p', { className: 'state' }, this.#ports.emptyWord())
      this.#canvas.replaceChildren(empty)
      return
    }
    const rows = []
    for (let place = first; place < last; place++) {
      const email = this.#rows.get(place)
      if (!email) void this.#ask(Math.floor(place / pageRows) * pageRows, this.#turn)
      rows.push(this.#row(place, email))
    }
    this.#canvas.replaceChildren(...rows)
    const shown = rows[this.selected - first]
    if (shown) this.element.setAttribute('aria-activedescendant', shown.id)
    else this.element.removeAttribute('aria-activedescendant')
  }

  #row(place, email) {
    const row = el('div', { className: 'row', role: 'option', id: `row-${place}` })
    row.style.top = `${place * rowPx}px`
    row.setAttribute('aria-selected', String(place === this.selected))
    row.setAttribute('aria-setsize', String(this.#total))
    row.setAttribute('aria-posinset', String(place + 1))
    if (!email) {
      row.classList.add('waiting')
      row.setAttribute('aria-label', '…')
      return row
    }
    const unread = !email.keywords.$seen
    const who = people(this.#sent ? email.to : email.from) || t('nobody')
    const subject = email.subject || t('noSubject')
    const date = shortDate(email.receivedAt)
    row.classList.toggle('unread', unread)
    row.append(
      el('span', { className: 'dot' }),
      el('span', { className: 'sr' }, unread ? `${t('unread')}, ` : ''),
      el('b', { className: 'who', dir: 'auto' }, who),
      el('time', { dateTime: email.receivedAt }, date),
      el('span', { className: 'subject', dir: 'auto' }, subject),
      el('span', { className: 'preview', dir: 'auto' }, email.preview),
      el('span', { className: 'marks' }, ...marks(email)),
      el('span', { className: 'sr' }, email.hasAttachment ? t('hasFiles') : ''),
    )
    row.addEventListener('click', () => this.select(place))
    return row
  }
}

function marks(email) {
  const star = email.keywords.$flagged ? [icon('star')] : []
  star[0]?.classList.add('on')
  return [...(email.hasAttachment ? [icon('clip')] : []), ...star]
}

/** @param {readonly {name: string | null, email: string}[] | null} list */
export function people(list) {
  return (list ?? []).map(({ name, email }) => name || email).join(', ')
}
