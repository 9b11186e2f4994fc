// The field in which recipients are named: each one that is whole becomes a chip, with what there is
// to say of it; who is known is offered. Knows no letter.
import { addresses, domainOf, isAddress, line, written } from './addresses.js'
import { compose } from './compose-words.js'
import { el, icon } from './dom.js'
import { takenFor } from './likeness.js'
import { t } from './words.js'

export class Recipients {
  #ports
  /** @type {{name: string | null, email: string}[]} */
  #all = []
  #chips = el('ul', { className: 'pills' })
  #input
  #offers
  #chosen = -1
  element

  /**
   * @param {'to' | 'cc' | 'bcc'} name
   * @param {string} value
   * @param {{people: any, own: string, changed: () => void}} ports
   */
  constructor(name, value, ports) {
    this.#ports = ports
    const id = `offers-${crypto.randomUUID()}`
    this.#offers = el('ul', { id, className: 'offers', role: 'listbox', hidden: true })
    this.#offers.setAttribute('aria-label', compose('people'))
    this.#input = el('input', {
      ...{ name, autocomplete: 'off', role: 'combobox', 'aria-expanded': 'false' },
      ...{ 'aria-controls': id, 'aria-autocomplete': 'list', 'aria-label': t(name) },
      ...{ spellcheck: false, inputMode: 'email' },
    })
    this.element = el(
      'div',
      { className: `field ${name}` },
      el('span', { 'aria-hidden': 'true' }, t(name)),
      el('div', { className: 'who' }, this.#chips, this.#input),
      this.#offers,
    )
    this.#listen()
    this.#take(value)
    this.#draw()
  }

  get value() {
    return line([...this.#all, ...addresses(this.#input.value)])
  }

  get list() {
    return addresses(this.value)
  }

  focus() {
    this.#input.focus()
  }

  /** What is still typed becomes chips. */
  settle() {
    if (this.#input.value.trim() === '') return
    this.#take(this.#input.value)
    this.#input.value = ''
    this.#shut()
    this.#draw()
    this.#ports.changed()
  }

  #take(text) {
    for (const each of addresses(text)) {
      const twice = this.#all.some(({ email }) => email.toLowerCase() === each.email.toLowerCase())
      if (!twice) this.#all.push(each)
    }
  }

  #listen() {
    const input = this.#input
    input.addEventListener('input', () => {
      if (/[,;\n]/.test(input.value) && !/^[^"]*"[^"]*$/.test(input.value)) this.settle()
      else this.#offer()
      this.#ports.changed()
    })
    input.addEventListener('paste', (event) => {
      const text = event.clipboardData?.getData('text/plain') ?? ''
      if (addresses(text).length < 2) return
      event.preventDefault()
      input.value = text
      this.settle()
    })
    input.addEventListener('keydown', (event) => this.#key(event))
    input.addEventListener('blur', () => {
      this.#shut()
      this.settle()
    })
    this.element.addEventListener('click', (event) => {
      if (event.target instanceof Element && !event.target.closest('button')) input.focus()
    })
  }

  #key(event) {
    const { key } = event
    const items = this.#offers.hidden ? [] : [...this.#offers.children]
    if ((key === 'ArrowDown' || key === 'ArrowUp') && items.length > 0) {
      event.preventDefault()
      const step = key === 'ArrowDown' ? 1 : -1
      this.#choose((this.#chosen + step + items.length) % items.length)
    } else if ((key === 'Enter' || key === 'Tab') && this.#input.value.trim() !== '') {
      if (event.ctrlKey || event.metaKey) return
      if (key === 'Enter') event.preventDefault()
      if (items.length > 0 && this.#chosen >= 0) this.#pick(this.#chosen)
      else this.settle()
    } else if (key === 'Enter') event.preventDefault()
    else if (key === 'Escape' && items.length > 0) {
      event.stopPropagation()
      this.#shut()
    } else if (key === 'Backspace' && this.#input.value === '' && this.#all.length > 0) {
      event.preventDefault()
      const last = this.#all.pop()
      this.#input.value = last ? written(last) : ''
      this.#draw()
      this.#ports.changed()
    }
  }

  /** @type {{name: string, email: string}[]} */
  #found = []

  #offer() {
    const taken = new Set(this.#all.map(({ email }) => email.toLowerCase()))
    const found = this.#ports.people?.suggest(this.#input.value) ?? []
    this.#found = found.filter(({ email }) => !taken.has(email.toLowerCase()))
    const items = this.#found.map(({ name, email }, at) => {
      const item = el(
        'li',
        { role: 'option', id: `${this.#offers.id}-${at}`, 'aria-selected': 'false' },
        el('b', {}, name || email),
        name ? el('small', {}, ` ${email}`) : undefined,
      )
      item.addEventListener('mousedown', (event) => {
        event.preventDefault()
        this.#pick(at)
      })
      return item
    })
    this.#offers.replaceChildren(...items)
    this.#offers.hidden = items.length === 0
    this.#input.setAttribute('aria-expanded', String(items.length > 0))
    this.#chosen = -1
    if (items.length > 0) this.#choose(0)
  }

  #choose(at) {
    this.#chosen = at
    for (const [n, item] of [...this.#offers.children].entries())
      item.setAttribute('aria-selected', String(n === at))
    this.#input.setAttribute('aria-activedescendant', `${this.#offers.id}-${at}`)
  }

  #pick(at) {
    const found = this.#found[at]
    if (!found) return
    this.#input.value = written(found)
    this.settle()
  }

  #shut() {
    this.#offers.hidden = true
    this.#chosen = -1
    this.#input.setAttribute('aria-expanded', 'false')
    this.#input.removeAttribute('aria-activedescendant')
  }

  #draw() {
    this.#chips.replaceChildren(
      ...this.#all.map((each) => {
        const { state, why } = judged(each, this.#ports)
        const drop = el('button', { type: 'button', className: 'drop' }, icon('close'))
        drop.setAttribute('aria-label', compose('drop', { who: each.email }))
        drop.addEventListener('click', () => {
          this.#all = this.#all.filter((one) => one !== each)
          this.#draw()
          this.#ports.changed()
          this.#input.focus()
        })
        const shown = state === 'warn' ? each.email : each.name || each.email
        const title = [each.email, why].filter(Boolean).join(' · ')
        return el(
          'li',
          { className: 'pill', title, 'data-state': state },
          el('span', {}, shown),
          drop,
        )
      }),
    )
  }
}

/**
 * What there is to say of a recipient: "bad" is no address, "warn" is like another's, "outside" is
 * of another domain. @returns {{state: string, why: string}}
 */
export function judged({ email }, { people, own }) {
  if (!isAddress(email)) return { state: 'bad', why: t('badAddress') + email }
  const domain = domainOf(email)
  if (domain === domainOf(own)) return { state: 'ok', why: '' }
  const known = people?.knows(email)
  const other = known ? undefined : takenFor(domain, [domainOf(own), ...(people?.domains ?? [])])
  if (other) return { state: 'warn', why: compose('likeOther', { domain, other }) }
  return { state: 'outside', why: compose('outside', { domain: domainOf(own) }) }
}
