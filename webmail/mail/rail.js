// The rail at the side: where mail is, and what else there is. Knows places by their names and
// counts; what opening one means, its ports know.
import { iconOf } from './actions.js'
import { ask, askSure, askText } from './dialog.js'
import { action, el } from './dom.js'
import { dropPlace } from './drag.js'
import { say } from './list-words.js'
import { openMenu } from './menu.js'
import { sized } from './sizes.js'
import { mailboxName, t } from './words.js'

const order = ['inbox', 'snoozed', 'drafts', 'sent', 'archive', 'junk', 'trash']

/** Mailboxes as a tree in one line: those with a role first, the rest by name below their parents. */
export function inOrder(boxes) {
  const place = ({ role }) => (order.includes(role) ? order.indexOf(role) : order.length)
  const among = (parentId) =>
    boxes
      .filter(
        (box) => (boxes.some(({ id }) => id === box.parentId) ? box.parentId : null) === parentId,
      )
      .sort(
        (a, b) => place(a) - place(b) || a.sortOrder - b.sortOrder || a.name.localeCompare(b.name),
      )
  const below = (parentId, depth) =>
    among(parentId).flatMap((box) => [{ ...box, depth }, ...below(box.id, depth + 1)])
  return below(null, 0)
}

export class Rail {
  #ports
  #nav = el('div', { className: 'places' })
  #chip = el('span', { className: 'chip', role: 'status' })
  #quota = el('div', { className: 'quota' })
  element

  /**
   * @param {{jmap: any, labels: any, searches: () => readonly string[], open: (place: any) => void,
   * current: () => string, drop: (box: string) => void, compose: () => void, page: (name: string) => void,
   * changed: () => Promise<void>, forget: (query: string) => void, markAllRead: (box: any) => void,
   * logout: () => void, failed: (error: unknown) => void}} ports
   */
  constructor(ports) {
    this.#ports = ports
    const write = action('pen', t('compose'), ports.compose, true)
    write.classList.add('primary')
    this.element = el(
      'nav',
      { className: 'side', 'aria-label': t('mailboxes') },
      write,
      this.#nav,
      el(
        'div',
        { className: 'end' },
        this.#quota,
        el(
          'p',
          { className: 'who' },
          this.#chip,
          el('span', { className: 'quiet' }, ports.jmap.session.username),
        ),
        this.#tools(),
      ),
    )
  }

  #tools() {
    const { page, logout } = this.#ports
    const board = el('a', { href: '/', title: t('board'), 'aria-label': t('board') })
    board.append(action('board', '').firstChild ?? '')
    return el(
      'div',
      { className: 'tools' },
      action('people', t('contacts'), () => page('contacts')),
      action('history', say('activity'), () => page('activity')),
      action('gear', t('settings'), () => page('settings')),
      board,
      action('out', t('logout'), logout),
    )
  }

  connected(live) {
    const text = live ? t('live') : t('offline')
    this.#chip.dataset.chip = live ? 'live' : 'offline'
    this.#chip.replaceChildren(el('span', { className: live ? 'sr' : '' }, text))
    this.#chip.title = text
  }

  /** @param {any} quota of bytes, where there is a limit */
  quota(quota) {
    this.#quota.hidden = !quota
    if (!quota) return
    const { used, hardLimit } = quota
    const text = say('quota', { used: sized(used), limit: sized(hardLimit) })
    const bar = el('meter', {
      max: hardLimit,
      value: used,
      high: hardLimit * 0.9,
      'aria-label': text,
    })
    this.#quota.replaceChildren(bar, el('small', {}, text))
  }

  /** @param {readonly any[]} boxes in order @param {number} scheduled how many wait to be sent */
  draw(boxes, scheduled) {
    const { labels, searches } = this.#ports
    const fixed = boxes.filter(({ role, depth }) => role && depth === 0)
    const own = boxes.filter((box) => !fixed.includes(box))
    const starred = this.#entry({ key: 'starred', icon: 'star', label: t('starred') })
    const waiting = { key: 'scheduled', icon: 'clock', label: say('scheduled'), count: scheduled }
    const [inbox, ...others] = fixed.map((box) => this.#box(box))
    this.#nav.replaceChildren(
      el(
        'ul',
        {},
        ...(inbox ? [inbox] : []),
        starred,
        ...others,
        ...(scheduled > 0 ? [this.#entry(waiting)] : []),
      ),
      el(
        'h2',
        {},
        el('span', {}, t('mailboxes')),
        action('plus', t('newFolder'), () => void this.#make(boxes)),
      ),
      el('ul', {}, ...own.map((box) => this.#box(box))),
      ...this.#named(
        say('labels'),
        labels.all.map((label) => this.#label(label)),
      ),
      ...this.#named(
        say('savedSearches'),
        searches().map((query) => this.#search(query)),
      ),
    )
  }

  #named(name, entries) {
    if (entries.length === 0) return []
    return [el('h2', {}, el('span', {}, name)), el('ul', {}, ...entries)]
  }

  /** @param {any} given */
  #entry({ key, icon, label, count = 0, depth = 0, colour = '', menu }) {
    const button = action(icon, label, () => this.#ports.open(key), true)
    button.style.setProperty('--depth', String(depth))
    if (colour)
      button.firstElementChild?.replaceWith(el('i', { className: 'spot', 'data-colour': colour }))
    if (count > 0)
      button.append(el('small', {}, count.toLocaleString(document.documentElement.lang)))
    if (key === this.#ports.current()) button.setAttribute('aria-current', 'page')
    const item = el('li', {}, button)
    if (menu) {
      const dots = action('dots', `${say('more')}: ${label}`, () => openMenu(dots, menu(), label))
      dots.classList.add('dots')
      item.append(dots)
      item.addEventListener('contextmenu', (event) => {
        event.preventDefault()
        openMenu({ x: event.clientX, y: event.clientY }, menu(), label)
      })
    }
    return item
  }

  #box(box) {
    const label = mailboxName(box)
    const count = box.role === 'drafts' ? box.totalEmails : box.unreadThreads
    const menu = () => this.#boxMenu(box)
    const icon = iconOf(box.role)
    const item = this.#entry({ key: `box:${box.id}`, icon, label, count, depth: box.depth, menu })
    const button = item.querySelector('button')
    if (button && box.role !== 'drafts') dropPlace(button, () => this.#ports.drop(box.id))
    if (box.unreadThreads > 0) button?.classList.add('news')
    return item
  }

  #label({ keyword, name, colour }) {
    return this.#entry({ key: `label:${keyword}`, icon: 'tag', label: name, colour })
  }

  #search(query) {
    const forget = () => this.#ports.forget(query)
    const menu = () => [{ label: say('forget'), icon: 'trash', act: forget }]
    return this.#entry({ key: `search:${query}`, icon: 'find', label: query, menu })
  }

  #boxMenu(box) {
    const label = mailboxName(box)
    const own = box.role
      ? []
      : [
          { label: say('rename'), icon: 'pen', act: () => this.#rename(box) },
          { label: say('removeBox'), icon: 'trash', act: () => this.#remove(box, label) },
        ]
    const { markAllRead } = this.#ports
    return [
      { label: say('markAllRead'), icon: 'unread', act: () => markAllRead(box) },
      { label: say('inside'), icon: 'plus', act: () => this.#make([], box) },
      ...own,
    ]
  }

  async #make(boxes, /** @type {any} */ parent = undefined) {
    const name = el('input', {
      required: true,
      autocomplete: 'off',
      autofocus: true,
      maxLength: 100,
    })
    const places = boxes.filter(({ role }) => !role)
    const inside = el(
      'select',
      {},
      el('option', { value: '' }, say('top')),
      ...places.map((box) => el('option', { value: box.id }, ' '.repeat(box.depth * 2) + box.name)),
    )
    const fields = [el('label', {}, el('span', {}, t('name')), name)]
    if (!parent && places.length > 0)
      fields.push(el('label', {}, el('span', {}, say('parent')), inside))
    if (!(await ask(parent ? say('inside') : t('newFolder'), fields, t('ok')))) return
    const parentId = parent?.id ?? (inside.value || null)
    await this.#set({ create: { m: { name: name.value.trim(), parentId } } })
  }

  async #rename(box) {
    const name = await askText(say('rename'), { label: t('name'), value: box.name })
    if (name !== '' && name !== box.name) await this.#set({ update: { [box.id]: { name } } })
  }

  /** What is in it goes to Trash first: deleting a mailbox is no way to lose mail. */
  async #remove(box, label) {
    const { jmap, failed } = this.#ports
    if (!(await askSure(say('sureRemoveBox', { place: label }), t('remove')))) return
    try {
      const [boxes] = await jmap.call([['Mailbox/get', { ids: null }]])
      if (boxes.list.some(({ parentId }) => parentId === box.id))
        throw new Error(say('boxHasChildren', { place: label }))
      const trash = boxes.list.find(({ role }) => role === 'trash')?.id
      for (;;) {
        const filter = { inMailbox: box.id }
        const [page] = await jmap.call([['Email/query', { filter, limit: 500 }]])
        if (page.ids.length === 0) break
        const patch = { [`mailboxIds/${box.id}`]: null, [`mailboxIds/${trash}`]: true }
        await jmap.set('Email/set', {
          update: Object.fromEntries(page.ids.map((id) => [id, patch])),
        })
      }
      await this.#set({ destroy: [box.id] })
    } catch (error) {
      failed(error)
    }
  }

  async #set(args) {
    const { jmap, failed, changed } = this.#ports
    try {
      await jmap.set('Mailbox/set', args)
      await changed()
    } catch (error) {
      failed(error)
    }
  }
}
