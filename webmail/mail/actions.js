// What is done to mail that is open, selected or pointed at: filed, marked, labelled, deleted; each
// at once on the screen, then on the server, with its way back. Knows the page through its ports.

import { answerTo, forwardOf } from './answers.js'
import { isAway } from './away.js'
import { runJob } from './bulk-job.js'
import { ask, askSure } from './dialog.js'
import { action, el, toast } from './dom.js'
import { colours } from './labels.js'
import { say } from './list-words.js'
import { mailMenu } from './mail-menu.js'
import { openMenu } from './menu.js'
import { openSnooze, spokenTime } from './snooze.js'
import { mailboxName, t } from './words.js'

/** Conversations looked up in one request: few have ten messages, and a thousand may be asked for. */
const threadsAtOnce = 100
const updatesAtOnce = 500

export class Actions {
  #ports
  /** @type {any[]} */
  boxes = []

  constructor(ports) {
    this.#ports = ports
  }

  /** The buttons above an open conversation. */
  bar() {
    const { here, box } = this.#ports
    const inJunk = here() === box('junk')
    const spam = inJunk
      ? action('inbox', t('notJunk'), () => void this.file('inbox'))
      : action('junk', t('junk'), () => void this.file('junk'))
    const back = action('back', t('back'), () => this.back())
    back.classList.add('menu')
    const more = action('dots', say('more'), () => openMenu(more, this.menuItems(), say('more')))
    const move = action('folder', t('move'), () => this.openMove(move))
    const snooze = action('clock', say('snooze'), () => this.openSnooze(snooze))
    more.classList.add('last')
    return el(
      'div',
      { className: 'bar', role: 'toolbar', 'aria-label': t('message') },
      back,
      action('archive', t('archive'), () => void this.file('archive')),
      action('trash', t('remove'), () => void this.remove()),
      spam,
      action('star', t('star'), () => void this.star()),
      snooze,
      move,
      more,
    )
  }

  /** What a row's own buttons and a finger's push do. @param {string} name @param {any} at where a menu opens */
  act(name, email, at) {
    const spot = at instanceof Element ? at : at.target
    const acts = {
      archive: () => this.file('archive', email),
      remove: () => this.remove(email),
      read: () => this.mark(!email.keywords.$seen, email),
      unread: () => this.mark(false, email),
      star: () => this.star(email),
      snooze: () => this.openSnooze(spot, email),
    }
    void acts[name]?.()
  }

  /** Everything that can be done to what is meant. @param {any} [email] */
  menuItems(email) {
    return mailMenu(this, this.#ports.list.spot, email)
  }

  /** Whether all that match are meant, loaded or not. */
  get everything() {
    return this.#ports.list.selection.everything
  }

  /** @param {Element | {x: number, y: number}} at @param {any} [email] */
  openMove(at, email) {
    const { here } = this.#ports
    const places = this.boxes.filter(({ id, role }) => id !== here() && role !== 'drafts')
    const items = places.map((place) => ({
      label: mailboxName(place),
      icon: iconOf(place.role),
      act: () => this.moveTo(place.id, email),
    }))
    openMenu(at, items, t('move'))
  }

  /** @param {Element | {x: number, y: number}} at @param {any} [email] */
  openLabels(at, email) {
    const { labels } = this.#ports
    const targets = this.targets(email)
    const items = labels.all.map(({ keyword, name, colour }) => {
      const checked = targets.length > 0 && targets.every(({ keywords }) => keywords[keyword])
      return { label: name, colour, checked, act: () => this.label(keyword, !checked, email) }
    })
    const make = async () => {
      const label = await askLabel(labels)
      if (label) await this.label(label.keyword, true, email)
    }
    openMenu(at, [...items, { label: say('newLabel'), icon: 'plus', act: make }], say('labels'))
  }

  back() {
    this.#ports.leave()
    this.#ports.list.element.focus()
  }

  compose() {
    this.#ports.write({})
  }

  /** What is meant: what was pointed at, with the selection if it belongs to it; or what is open. */
  targets(/** @type {any} */ email = undefined) {
    const { list, open } = this.#ports
    const { selection } = list
    if (selection.everything) return email ? [email] : list.loaded
    if (email && !selection.has(email.id)) return [email]
    if (selection.size > 0) return selection.emails
    if (email) return [email]
    const seen = open().find(({ id }) => id === list.current?.id) ?? open().at(-1) ?? list.current
    return seen ? [seen] : []
  }

  /** @param {'archive' | 'junk' | 'inbox'} role @param {any} [email] */
  file(role, email) {
    return this.moveTo(this.#ports.box(role), email)
  }

  /** @param {any} [email] */
  async remove(email) {
    const { box, here } = this.#ports
    const trash = box('trash')
    if (this.#ports.list.selection.everything && !email) return this.#removeEverything()
    if (trash !== '' && here() !== trash) return this.moveTo(trash, email)
    const targets = this.targets(email)
    if (targets.length === 0) return
    const question = say('sureDestroyMany', { n: targets.length })
    if (!(await askSure(question, t('remove')))) return
    await this.#try(targets, async (emails) => {
      for (const some of pieces(emails, updatesAtOnce))
        await this.#ports.jmap.set('Email/set', { destroy: some.map(({ id }) => id) })
      toast(t('destroyed'))
    })
  }

  async #removeEverything() {
    const { box, here, list } = this.#ports
    const final = here() === box('trash')
    const question = say('sureDestroyMany', { n: list.total })
    if (final && !(await askSure(question, t('remove')))) return
    await this.#everything({ destroy: true })
  }

  /** @param {string} to a mailbox's id @param {any} [email] */
  async moveTo(to, email) {
    if (this.#ports.list.selection.everything && !email && to !== '')
      return this.#everything({ patch: { mailboxIds: { [to]: true } } })
    const targets = this.targets(email)
    if (to === '' || targets.length === 0) return
    const place = this.boxes.find(({ id }) => id === to)
    const patch = () => ({ mailboxIds: { [to]: true } })
    const back = ({ mailboxIds }) => ({ mailboxIds })
    await this.#try(targets, async (emails) => {
      await this.#change(emails, patch)
      const said = say('movedTo', { n: targets.length, place: mailboxName(place) })
      toast(said, t('undo'), () => void this.#undo(emails, back))
    })
  }

  /** Everything that a filter lets through, for good. @param {object} filter */
  destroyAll(filter) {
    return this.#job({ filter, destroy: true })
  }

  /** @param {any} box */
  markAllRead(box) {
    const filter = { inMailbox: box.id, notKeyword: '$seen' }
    return this.#job({ filter, patch: { 'keywords/$seen': true } })
  }

  /** All that the list's filter lets through, whether it was loaded or not. @param {object} change */
  #everything(change) {
    const { list, leave } = this.#ports
    const { filter } = list
    list.selection.clear()
    leave()
    return this.#job({ filter, ...change })
  }

  #job(wish) {
    const { jmap, failed, refresh } = this.#ports
    return runJob(jmap, wish, { changed: refresh, failed })
  }

  /** @param {Element | {x: number, y: number}} at @param {any} [email] */
  openSnooze(at, email) {
    const targets = this.targets(email)
    if (targets.length === 0) return
    const off = targets.some(({ snoozedUntil }) => snoozedUntil)
    const back = off ? () => this.#wake(targets) : undefined
    openSnooze(at, (until) => this.#snooze(targets, until), back)
  }

  #snooze(targets, until) {
    const wish = { until: until.toISOString().replace(/\.\d+/, '') }
    return this.#try(targets, async (emails) => {
      for (const some of pieces(emails, updatesAtOnce)) {
        const create = Object.fromEntries(some.map(({ id }) => [id, { emailId: id, ...wish }]))
        await this.#ports.jmap.set('Snooze/set', { create })
      }
      const said = say('snoozedUntil', { when: spokenTime(until) })
      toast(said, t('undo'), () => void this.#undo(emails, ({ mailboxIds }) => ({ mailboxIds })))
    })
  }

  #wake(targets) {
    return this.#try(targets, async (emails) => {
      for (const some of pieces(emails, updatesAtOnce))
        await this.#ports.jmap.set('Snooze/set', { destroy: some.map(({ id }) => id) })
    })
  }

  /** @param {any} [email] */
  star(email) {
    const targets = this.targets(email)
    const on = !targets.every(({ keywords }) => keywords.$flagged)
    return this.#keyword('$flagged', on, targets, false)
  }

  /** @param {any} [email] */
  unread(email) {
    return this.mark(false, email)
  }

  /** @param {boolean} read @param {any} [email] */
  mark(read, email) {
    const targets = this.targets(email)
    if (!read && this.#ports.open().length > 0) this.back()
    return this.#keyword('$seen', read, targets, read)
  }

  /** @param {string} keyword @param {boolean} on @param {any} [email] */
  label(keyword, on, email) {
    return this.#keyword(keyword, on, this.targets(email), true)
  }

  /** @param {'reply' | 'replyAll' | 'forward'} name */
  onLast(name) {
    const email = this.#ports.open().at(-1)
    if (email) this.writing()[name](email)
  }

  writing() {
    const { jmap, write, failed } = this.#ports
    const begin = (draft) => draft.then(write).catch(failed)
    return {
      reply: (email) => begin(answerTo(jmap, email, 'reply')),
      replyAll: (email) => begin(answerTo(jmap, email, 'replyAll')),
      replyList: (email) => begin(answerTo(jmap, email, 'replyList')),
      forward: (email) => begin(forwardOf(jmap, email)),
    }
  }

  /** @param {boolean} whole of each conversation all messages here, or the one that is listed */
  async #keyword(keyword, on, targets, whole) {
    const { list, failed, refresh } = this.#ports
    if (list.selection.everything)
      return this.#everything({ patch: { [`keywords/${keyword}`]: on ? true : null } })
    if (targets.length === 0) return
    for (const email of targets) {
      const { [keyword]: _, ...rest } = email.keywords
      email.keywords = on ? { ...rest, [keyword]: true } : rest
      list.patch(email.id, email.keywords)
    }
    try {
      const emails = whole ? await this.#mates(targets) : targets
      const patch = () => ({ [`keywords/${keyword}`]: on ? true : null })
      const back = () => ({ [`keywords/${keyword}`]: on ? null : true })
      await this.#change(emails, patch)
      refresh()
      if (targets.length > 1)
        toast(say('marked', { n: targets.length }), t('undo'), () => void this.#undo(emails, back))
    } catch (error) {
      failed(error)
      refresh()
    }
  }

  /** Takes them off the screen, then does it; what went wrong is told, and all is shown as it is. */
  async #try(targets, work) {
    const { failed, leave, list, refresh } = this.#ports
    list.selection.clear()
    list.drop(new Set(targets.map(({ id }) => id)))
    const mates = this.#mates(targets)
    leave()
    try {
      await work(await mates)
    } catch (error) {
      failed(error)
    }
    refresh()
  }

  /** What is meant with those; without a connection, what is known of them. */
  async #mates(targets) {
    try {
      return await this.#matesOf(targets)
    } catch (error) {
      if (!isAway(error)) throw error
      const ids = new Set(targets.map(({ threadId }) => threadId))
      const open = this.#ports.open().filter(({ threadId }) => ids.has(threadId))
      const all = new Map([...targets, ...open].map((email) => [email.id, email]))
      const place = this.#ports.here()
      return [...all.values()].filter(({ mailboxIds }) => place === '' || mailboxIds[place])
    }
  }

  /** All of those conversations that are where we are: what is elsewhere stays there. */
  async #matesOf(targets) {
    const { here, jmap } = this.#ports
    const place = here()
    // A search lists messages of many places: what it found is meant, and nothing else.
    if (place === '') {
      const found = []
      for (const some of pieces(targets, updatesAtOnce)) {
        const ids = some.map(({ id }) => id)
        const [{ list }] = await jmap.call([['Email/get', { ids, properties: ['mailboxIds'] }]])
        found.push(...list)
      }
      return found
    }
    const threads = [...new Set(targets.map(({ threadId }) => threadId))]
    const found = []
    const from = { resultOf: '0', name: 'Thread/get', path: '/list/*/emailIds' }
    for (const ids of pieces(threads, threadsAtOnce)) {
      const [, emails] = await jmap.call([
        ['Thread/get', { ids }],
        ['Email/get', { '#ids': from, properties: ['id', 'mailboxIds'] }],
      ])
      found.push(...emails.list)
    }
    return found.filter(({ mailboxIds }) => mailboxIds[place])
  }

  /** @param {(email: any) => object} patch */
  async #change(emails, patch) {
    for (const some of pieces(emails, updatesAtOnce)) {
      const update = Object.fromEntries(some.map((email) => [email.id, patch(email)]))
      await this.#ports.jmap.set('Email/set', { update })
    }
  }

  async #undo(emails, back) {
    try {
      await this.#change(emails, back)
      toast(t('undone'))
    } catch (error) {
      this.#ports.failed(error)
    }
    this.#ports.refresh()
  }
}

/** The icon of a mailbox by what it is for. @param {string | null} role */
export function iconOf(role) {
  const icons = { inbox: 'inbox', drafts: 'pen', sent: 'sent', snoozed: 'clock' }
  const more = { archive: 'archive', junk: 'junk', trash: 'trash' }
  return { ...icons, ...more }[role ?? ''] ?? 'folder'
}

/** A new label, asked for. */
export async function askLabel(labels, label = { name: '', colour: 'teal' }) {
  const name = el('input', { value: label.name, required: true, maxLength: 40, autofocus: true })
  const choices = colours.map((colour) => {
    const input = el('input', { type: 'radio', name: 'colour', value: colour })
    input.checked = colour === label.colour
    return el('label', { className: 'spot', 'data-colour': colour, title: colour }, input)
  })
  const picked = el('fieldset', { className: 'spots' }, el('legend', {}, say('colour')), ...choices)
  const field = el('label', {}, el('span', {}, say('labelName')), name)
  const title = label.name || say('newLabel')
  if (!(await ask(title, [field, picked], t('ok'))) || name.value.trim() === '') return undefined
  const colour = picked.querySelector(':checked')?.getAttribute('value') ?? 'teal'
  const given = { name: name.value.trim(), colour }
  if (!label.name) return labels.add(given.name, given.colour)
  await labels.change(/** @type {any} */ (label).keyword, given)
  return { ...label, ...given }
}

/** @template T @param {readonly T[]} all @param {number} size @returns {T[][]} */
export function pieces(all, size) {
  const found = []
  for (let from = 0; from < all.length; from += size) found.push(all.slice(from, from + size))
  return found
}
