// The field in which one searches: what is asked as it is typed, offers of what might be meant, and
// the terms it understood. Knows no list.
import { action, el, icon, kept } from './dom.js'
import { termsOf } from './search.js'
import { ask } from './search-words.js'
import { t } from './words.js'

const searchAfterMs = 120
const recentMax = 8
const peopleMax = 5

export class SearchBar {
  #ports
  #timer = 0
  #query = ''
  /** Only in the mailbox from which the search began. */
  onlyHere = false
  #input = el('input', {
    ...{ type: 'text', placeholder: t('search'), 'aria-label': t('search'), role: 'combobox' },
    ...{ autocomplete: 'off', 'aria-expanded': 'false', 'aria-controls': 'offers' },
    ...{ spellcheck: false, enterKeyHint: 'search', inputMode: 'search' },
  })
  #clear = action('close', ask('clear'), () => this.#put(''))
  #offers = el('div', {
    id: 'offers',
    className: 'offers',
    role: 'listbox',
    'aria-label': ask('offers'),
    hidden: true,
  })
  #terms = el('div', { className: 'terms' })
  element

  /**
   * @param {{people: () => any, labels: any, searched: (query: string) => void,
   * inside: () => any, keep: (query: string) => void}} ports
   */
  constructor(ports) {
    this.#ports = ports
    const field = el('div', { className: 'field' }, icon('find'), this.#input, this.#clear)
    this.element = el('search', { className: 'search' }, field, this.#offers, this.#terms)
    this.#clear.hidden = true
    this.#input.addEventListener('input', () => this.#typed())
    this.#input.addEventListener('focus', () => this.#offer())
    this.#input.addEventListener('keydown', (event) => this.#key(event))
    this.element.addEventListener('focusout', (event) => {
      const to = event.relatedTarget
      if (!(to instanceof Node && this.element.contains(to))) this.#shut()
    })
    // An offer that is pressed leaves the focus where it is.
    this.#offers.addEventListener('mousedown', (event) => event.preventDefault())
  }

  focus() {
    this.#input.focus()
    this.#input.select()
  }

  /** What is searched, put there by others. @param {string} query */
  set(query) {
    if (query === this.#query && document.activeElement === this.#input) return this.#drawTerms()
    this.#query = query
    this.#input.value = query
    if (query === '') this.onlyHere = false
    this.#clear.hidden = query === ''
    this.#drawTerms()
  }

  #typed() {
    clearTimeout(this.#timer)
    this.#clear.hidden = this.#input.value === ''
    this.#offer()
    this.#timer = /** @type {any} */ (setTimeout(() => this.#search(), searchAfterMs))
  }

  #search() {
    const query = this.#input.value.trim()
    if (query === this.#query) return
    this.#query = query
    this.#ports.searched(query)
  }

  /** @param {string} text */
  #put(text, more = false) {
    this.#input.value = text
    this.#input.focus()
    this.#typed()
    if (!more) {
      clearTimeout(this.#timer)
      this.#search()
      this.#shut()
    }
  }

  #again() {
    this.#ports.searched(this.#query)
    this.#offer()
  }

  #key(event) {
    const all = [...this.#offers.querySelectorAll('[role=option]')]
    const at = all.findIndex((one) => one.getAttribute('aria-selected') === 'true')
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (!this.#offers.hidden) return this.#shut()
      this.#put('')
      this.#input.blur()
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      const chosen = all[at]
      if (chosen instanceof HTMLElement) return chosen.click()
      clearTimeout(this.#timer)
      this.#search()
      this.#remember()
      this.#shut()
      document.querySelector('.rows') instanceof HTMLElement && this.#input.blur()
    }
    if (by === undefined || all.length === 0) return
    event.preventDefault()
    all[at]?.setAttribute('aria-selected', 'false')
    const next = all[at < 0 && by < 0 ? all.length - 1 : (at + by + all.length) % all.length]
    next?.setAttribute('aria-selected', 'true')
    next?.scrollIntoView({ block: 'nearest' })
    this.#input.setAttribute('aria-activedescendant', next?.id ?? '')
  }

  #remember() {
    if (this.#query === '') return
    const before = (kept.all().recent ?? []).filter((one) => one !== this.#query)
    kept.set('recent', [this.#query, ...before].slice(0, recentMax))
  }

  #shut() {
    if (!this.#offers.hidden) this.#remember()
    this.#offers.hidden = true
    this.#input.setAttribute('aria-expanded', 'false')
    this.#input.setAttribute('aria-activedescendant', '')
  }

  #offer() {
    const text = this.#input.value
    const groups = [
      this.#group('', this.#operators(text), 'chips'),
      this.#group(ask('scope'), this.#scope(), 'chips'),
      this.#group(ask('people'), this.#people(text)),
      this.#group(ask('recent'), this.#recent(text)),
    ]
    this.#offers.replaceChildren(...groups.flat())
    this.#offers.hidden = false
    this.#input.setAttribute('aria-expanded', 'true')
    for (const [at, one] of [...this.#offers.querySelectorAll('[role=option]')].entries())
      one.id = `offer-${at}`
  }

  #group(name, options, className = '') {
    if (options.length === 0) return []
    const title = name ? el('p', { className: 'quiet', role: 'presentation' }, name) : ''
    return [
      el(
        'div',
        { className: `group ${className}`, role: 'group', 'aria-label': name || ask('offers') },
        title,
        ...options,
      ),
    ]
  }

  #option(content, act, /** @type {boolean | undefined} */ pressed = undefined) {
    const option = el('div', { role: 'option', 'aria-selected': 'false', tabIndex: -1 }, ...content)
    if (pressed !== undefined) option.dataset.pressed = String(pressed)
    option.addEventListener('click', act)
    return option
  }

  #operators(text) {
    const before = text === '' || text.endsWith(' ') ? text : `${text} `
    const names = /** @type {const} */ ([
      'from',
      'to',
      'subject',
      'files',
      'unread',
      'starred',
      'after',
      'before',
      'label',
    ])
    return names.map((name) => {
      const word = ask(name)
      return this.#option([word], () =>
        this.#put(before + word + (word.endsWith(':') ? '' : ' '), true),
      )
    })
  }

  #scope() {
    const box = this.#ports.inside()
    const choose = (only) => () => {
      this.onlyHere = only
      this.#again()
    }
    const keep = this.#option([icon('star'), ask('keep')], () => {
      this.#ports.keep(this.#query)
      this.#shut()
    })
    const places = box
      ? [
          this.#option([ask('everywhere')], choose(false), !this.onlyHere),
          this.#option([ask('onlyIn', { place: box.shown })], choose(true), this.onlyHere),
        ]
      : []
    return this.#query === '' ? places : [...places, keep]
  }

  #people(text) {
    const last = text.split(/\s+/).at(-1)?.toLowerCase() ?? ''
    const [, operator = '', part = ''] = /^(\p{L}+:)?(.*)$/u.exec(last) ?? []
    if (part.length < 2) return []
    const found = this.#ports.people().suggest(part, peopleMax)
    const rest = text.slice(0, text.length - last.length)
    return found.map(({ name, email }) => {
      const shown = name ? `${name} <${email}>` : email
      const put = () => this.#put(`${rest}${operator || ask('from')}${email} `)
      return this.#option([icon('people'), shown], put)
    })
  }

  #recent(text) {
    const low = text.trim().toLowerCase()
    const found = (kept.all().recent ?? []).filter(
      (one) => one !== text && one.toLowerCase().includes(low),
    )
    return found
      .slice(0, recentMax)
      .map((one) => this.#option([icon('history'), one], () => this.#put(one)))
  }

  /** What was understood as more than words, each to be taken away. */
  #drawTerms() {
    const terms = termsOf(this.#query).filter(({ name, not }) => name !== 'text' || not)
    const chips = terms.map(({ whole }) => {
      const drop = () => this.#put(this.#query.replace(whole, '').replace(/\s+/g, ' ').trim())
      return el(
        'span',
        { className: 'term' },
        whole,
        action('close', `${ask('drop')} ${whole}`, drop),
      )
    })
    const box = this.#ports.inside()
    if (this.#query !== '' && this.onlyHere && box) {
      const everywhere = () => {
        this.onlyHere = false
        this.#again()
      }
      chips.push(
        el(
          'span',
          { className: 'term' },
          ask('onlyIn', { place: box.shown }),
          action('close', ask('everywhere'), everywhere),
        ),
      )
    }
    this.#terms.replaceChildren(...chips)
  }
}
