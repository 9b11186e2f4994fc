// Where the text of a letter is written: rich, by a library that is loaded when it is first wanted,
// or plain. Knows no letter.

import { compose } from './compose-words.js'
import { ask } from './dialog.js'
import { action, el } from './dom.js'
import { cleanFragment, guardPage } from './html-here.js'
import { htmlOf, isFormatted, textIn } from './plain-here.js'
import { t } from './words.js'

/** @type {{ loading: Promise<any> | undefined }} */
const library = { loading: undefined }

/** The class of the rich editor; loaded once. */
export function loadEditor() {
  library.loading ??= load().catch((error) => {
    library.loading = undefined
    throw error
  })
  return library.loading
}

async function load() {
  guardPage()
  // A file of a library: served beside this one.
  const { default: Squire } = await import(new URL('squire.js', import.meta.url).href)
  return Squire
}

const marks = /** @type {const} */ ([
  ['bold', 'B', 'bold', 'removeBold'],
  ['italic', 'I', 'italic', 'removeItalic'],
  ['underline', 'U', 'underline', 'removeUnderline'],
  ['strike', 'S', 'strikethrough', 'removeStrikethrough'],
])

export class Editor {
  #ports
  /** @type {any} */
  #rich
  #plain = el('textarea', { name: 'text', 'aria-label': t('text') })
  #bar = el('div', { className: 'tools', role: 'toolbar', 'aria-label': compose('format') })
  #place = el('div', { className: 'writing' })
  #buttons = new Map()
  element = el('div', { className: 'editor' }, this.#place, this.#bar)

  /** @param {{changed: () => void, picture: (file: File) => Promise<{src: string, cid: string} | undefined>, failed: (error: unknown) => void}} ports */
  constructor(ports) {
    this.#ports = ports
    this.#plain.addEventListener('input', () => ports.changed())
  }

  get isRich() {
    return this.#rich !== undefined
  }

  /** @param {{html?: string, text: string}} content */
  async open({ html, text }, rich = true) {
    if (!rich) return this.#openPlain(text)
    try {
      const Squire = await loadEditor()
      this.#openRich(Squire, html ?? htmlOf(text))
    } catch (error) {
      this.#openPlain(text)
      this.#ports.failed(error)
    }
  }

  #openPlain(text) {
    this.#rich?.destroy()
    this.#rich = undefined
    this.#plain.value = text
    this.#place.replaceChildren(this.#plain)
    this.#bar.replaceChildren(action('pen', compose('toRich'), () => void this.#toggle(), true))
  }

  #openRich(Squire, html) {
    const area = el('div', {
      ...{ className: 'rich', role: 'textbox', 'aria-multiline': 'true', 'aria-label': t('text') },
      name: 'text',
    })
    this.#place.replaceChildren(area)
    this.#rich = new Squire(area, {
      blockTag: 'DIV',
      sanitizeToDOMFragment: (text) => cleanFragment(text),
      undo: { documentSizeThreshold: 200_000, undoLimit: 50 },
      didError: (error) => this.#ports.failed(error),
    })
    this.#rich.setHTML(html)
    this.#rich.moveCursorToStart()
    this.#rich.addEventListener('input', () => this.#ports.changed())
    this.#rich.addEventListener('pathChange', () => this.#press())
    this.#rich.addEventListener('select', () => this.#press())
    this.#rich.addEventListener('pasteImage', ({ detail }) => {
      for (const { kind, type, getAsFile } of [...detail.clipboardData.items].map(bound))
        if (kind === 'file' && type.startsWith('image/')) void this.picture(getAsFile())
    })
    this.#tools()
  }

  #tools() {
    this.#buttons.clear()
    const pressed = marks.map(([word, tag, on, off]) => {
      const press = () => this.#rich[this.#rich.hasFormat(tag) ? off : on]()
      const button = el(
        'button',
        { type: 'button', title: compose(word), 'aria-pressed': 'false', onclick: press },
        el(/** @type {'b' | 'i' | 'u' | 's'} */ (tag.toLowerCase()), {}, tag),
      )
      button.setAttribute('aria-label', compose(word))
      this.#buttons.set(tag, button)
      return button
    })
    const file = el('input', { type: 'file', accept: 'image/*', hidden: true })
    file.addEventListener('change', () => {
      for (const each of file.files ?? []) void this.picture(each)
      file.value = ''
    })
    const list = (tag, make) => () =>
      this.#rich.hasFormat(tag) ? this.#rich.removeList() : this.#rich[make]()
    this.#bar.replaceChildren(
      ...pressed,
      action('list', compose('list'), list('UL', 'makeUnorderedList')),
      action('numbers', compose('numbers'), list('OL', 'makeOrderedList')),
      action('quote', compose('quote'), () => this.#rich.increaseQuoteLevel()),
      action('link', compose('link'), () => void this.#link()),
      action('picture', compose('insertPicture'), () => file.click()),
      file,
      action('clear', compose('noFormat'), () => this.#rich.removeAllFormatting()),
      action('lines', compose('toPlain'), () => void this.#toggle()),
    )
    // The place in the text stays where it is while a button is pressed.
    this.#bar.onmousedown = (event) => event.preventDefault()
  }

  #press() {
    for (const [tag, button] of this.#buttons)
      button.setAttribute('aria-pressed', String(this.#rich?.hasFormat(tag) ?? false))
  }

  async #toggle() {
    const { text } = this.value
    if (this.isRich) this.#openPlain(text)
    else await this.open({ text })
    this.#ports.changed()
    this.focus()
  }

  async #link() {
    const input = el('input', {
      type: 'url',
      placeholder: 'https://',
      required: true,
      autofocus: true,
    })
    const field = el('label', {}, el('span', {}, compose('address')), input)
    if (!(await ask(compose('link'), [field], t('ok')))) return
    this.#rich.focus()
    this.#rich.makeLink(input.value)
  }

  /** A picture in the text; beside it where the text is plain. @param {File} file */
  async picture(file) {
    const made = await this.#ports.picture(file)
    if (made) this.#rich?.insertImage(made.src, { 'data-cid': made.cid, alt: file.name })
  }

  /** @param {{html?: string, text: string}} piece */
  insert({ html, text }) {
    if (this.#rich) this.#rich.insertHTML(html || htmlOf(text))
    else this.#plain.setRangeText(text, this.#plain.selectionStart, this.#plain.selectionEnd, 'end')
    this.#ports.changed()
  }

  /** HTML only where it says more than the text. */
  get value() {
    if (!this.#rich) return { html: '', text: this.#plain.value }
    const root = this.#rich.getRoot()
    return { html: isFormatted(root) ? this.#rich.getHTML() : '', text: textIn(root) }
  }

  focus() {
    if (this.#rich) this.#rich.focus()
    else {
      this.#plain.focus()
      this.#plain.setSelectionRange(0, 0)
    }
  }

  close() {
    this.#rich?.destroy()
  }
}

function bound(item) {
  return { kind: item.kind, type: item.type, getAsFile: () => item.getAsFile() }
}
