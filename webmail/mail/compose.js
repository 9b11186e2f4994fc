// A message being written: kept in the browser as it is typed, on the server soon after, sent with
// a moment to undo. Knows the server through the ports it is given.
import { addresses, isAddress } from './addresses.js'
import { judged, Recipients } from './chips.js'
import { compose } from './compose-words.js'
import { ask, askSure } from './dialog.js'
import { action, el, toast } from './dom.js'
import { emailOf, emptyDraft, local } from './draft.js'
import { Editor } from './editor.js'
import { Files } from './files.js'
import { identitiesOf } from './identities.js'
import { NeedsLogin } from './jmap.js'
import { openMenu } from './menu.js'
import { escaped } from './plain-here.js'
import { laterTimes, submit } from './sending.js'
import { asTemplate, templatesOf } from './templates.js'
import { longDate, t } from './words.js'

const fields = /** @type {const} */ (['to', 'cc', 'bcc'])
const saveAfterMs = 2000
const keepAfterMs = 200
const againAfterMs = 4000

export class Composer {
  #ports
  #key
  #draft
  /** @type {Record<'keep' | 'save', any>} */
  #timers = { keep: undefined, save: undefined }
  #saving = Promise.resolve()
  #gone = false
  #changed = false
  /** @type {Record<string, Recipients>} */
  #who = {}
  #subject = el('input', { name: 'subject', autocomplete: 'off' })
  #from = el('select', { name: 'from', 'aria-label': compose('from') })
  #fromRow = el('label', { className: 'from', hidden: true })
  #state = el('span', { className: 'quiet', role: 'status' })
  #check = el('p', { className: 'check', role: 'status' })
  #title = el('h2', {}, t('compose'))
  #editor
  #files
  /** @type {import('./identities.js').Identity[]} */
  #identities = []
  /** Resolves when there is something to write in. */
  ready
  element

  /**
   * @param {{jmap: any, people: any, preferences: any, box: (role: string) => string, changed: () => void, reopen: (draft: any) => void, failed: (error: unknown) => void}} ports
   * @param {any} draft
   */
  constructor(ports, draft, key = crypto.randomUUID()) {
    this.#ports = ports
    this.#key = key
    const own = { name: null, email: ports.jmap.session.username }
    this.#draft = { ...emptyDraft, from: own, ...draft }
    const changed = () => this.#typed()
    const { jmap, failed } = ports
    this.#files = new Files({ jmap, failed, changed }, this.#draft.files)
    this.#editor = new Editor({ changed, failed, picture: (file) => this.#picture(file) })
    this.element = this.#form()
    this.#mayDrop()
    this.ready = this.#open()
  }

  async #open() {
    this.#identities = await identitiesOf(this.#ports.jmap).catch(() => [])
    if (this.#identities.length > 0) this.#writeAs()
    const { html, text, rich } = this.#draft
    const preferred = this.#ports.preferences.get('writeRich', true)
    const answering = this.#draft.originals !== undefined || this.#draft.serverId !== undefined
    await this.#editor.open(
      { html: html || undefined, text },
      rich ?? (answering ? false : preferred),
    )
  }

  focus() {
    void this.ready.then(() => {
      if (this.#gone) return
      if (this.#who.to?.value) this.#editor.focus()
      else this.#who.to?.focus()
    })
  }

  /** Whom it is from, and what stands under what they write. */
  #writeAs() {
    const { identityId = 'own', fromEmail } = this.#draft
    const chosen = this.#identities.find(({ id }) => id === identityId) ?? this.#identities[0]
    if (!chosen) return
    this.#draft.identityId = chosen.id
    this.#draft.from = { name: chosen.name || null, email: fromEmail ?? chosen.email }
    this.#draft.replyTo = chosen.replyTo ?? undefined
    const options = this.#identities.map(({ id, name, email }) => {
      const shown = id === chosen.id && fromEmail ? fromEmail : email
      const word = name ? `${name} <${shown}>` : shown
      return el('option', { value: id, selected: id === chosen.id }, word)
    })
    this.#from.replaceChildren(...options)
    this.#fromRow.hidden =
      this.#identities.length < 2 && (fromEmail ?? chosen.email) === chosen.email
    if (!this.#draft.signed) this.#sign(chosen)
  }

  /** Above what is quoted, below where one writes. */
  #sign({ textSignature, htmlSignature }) {
    const draft = this.#draft
    draft.signed = true
    if (!textSignature && !htmlSignature) return
    draft.text = draft.text.startsWith('\n\n')
      ? `\n\n-- \n${textSignature}${draft.text}`
      : `${draft.text}\n\n-- \n${textSignature}`
    const lines = htmlSignature || textSignature.split('\n').map(escaped).join('<br>')
    const sign = `<div data-signature="1"><div>-- </div><div>${lines}</div></div>`
    if (draft.html) draft.html = draft.html.replace('<div><br></div>', `<div><br></div>${sign}`)
    else if (htmlSignature) draft.html = `<div><br></div>${sign}`
  }

  #form() {
    const close = action('close', t('close'), () => this.#close())
    const fold = action('fold', compose('fold'), () => this.#fold())
    const grow = action('grow', compose('grow'), () => form.classList.toggle('large'))
    const copies = el('button', { type: 'button', className: 'copies' }, compose('copies'))
    copies.addEventListener('click', () => {
      form.classList.add('all')
      this.#who.cc?.focus()
    })
    const form = el(
      'form',
      { className: 'composer', 'aria-label': t('compose') },
      el('header', {}, this.#title, this.#state, fold, grow, close),
      this.#fromRow,
      ...fields.map((name) => this.#field(name)),
      el('label', { className: 'subject' }, el('span', {}, t('subject')), this.#subject),
      this.#editor.element,
      this.#files.element,
      this.#check,
      this.#foot(),
    )
    this.#who.to?.element.append(copies)
    if (this.#draft.cc || this.#draft.bcc) form.classList.add('all')
    this.#fromRow.append(el('span', {}, compose('from')), this.#from)
    this.#from.addEventListener('change', () => {
      Object.assign(this.#draft, { identityId: this.#from.value, fromEmail: undefined })
      this.#writeAs()
      this.#typed()
    })
    this.#subject.value = this.#draft.subject
    this.#subject.addEventListener('input', () => this.#typed())
    form.noValidate = true
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#send()
    })
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault()
        void this.#send()
      }
      if (event.key === 'Escape') this.#close()
      event.stopPropagation()
    })
    return form
  }

  #field(name) {
    const ports = {
      people: this.#ports.people,
      own: this.#draft.from.email,
      changed: () => this.#typed(),
    }
    const field = new Recipients(name, this.#draft[name], ports)
    this.#who[name] = field
    return field.element
  }

  #foot() {
    const send = el('button', { type: 'submit', className: 'primary' }, t('send'))
    const later = action('chevron-down', compose('sendLater'), () => this.#later(later))
    later.classList.add('primary', 'later')
    const more = action('dots', compose('more'), () => void this.#more(more))
    return el(
      'footer',
      {},
      el('span', { className: 'split' }, send, later),
      this.#files.picker,
      action('clip', t('attach'), () => this.#files.picker.click()),
      more,
      action('trash', t('discard'), () => this.#discard()),
    )
  }

  #mayDrop() {
    const form = this.element
    const files = (event) => [...(event.dataTransfer?.files ?? [])]
    form.dataset.drop = compose('dropHere')
    form.addEventListener('dragover', (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes('Files')) return
      event.preventDefault()
      form.classList.add('over')
    })
    form.addEventListener('dragleave', (event) => {
      if (!(event.relatedTarget instanceof Node && form.contains(event.relatedTarget)))
        form.classList.remove('over')
    })
    const take = (event, given) => {
      if (given.length === 0) return
      event.preventDefault()
      event.stopPropagation()
      form.classList.remove('over')
      for (const file of given) this.#takeFile(file, event.target)
    }
    form.addEventListener('drop', (event) => take(event, files(event)), true)
    form.addEventListener(
      'paste',
      (event) => {
        const given = [...(event.clipboardData?.files ?? [])]
        if (!event.clipboardData?.types.includes('text/html')) take(event, given)
      },
      true,
    )
  }

  /** A picture that is let go over the text stands in it. */
  #takeFile(file, target) {
    const inText = target instanceof Element && target.closest('.writing')
    if (inText && this.#editor.isRich && /^image\/(?:png|jpeg|gif|webp)$/.test(file.type))
      void this.#editor.picture(file)
    else void this.#files.add(file)
  }

  async #picture(file) {
    const found = await this.#files.upload(file)
    if (!found) return undefined
    const cid = `${crypto.randomUUID()}@amplop`
    this.#draft.inline = [...this.#draft.inline, { ...found, cid }]
    return { cid, src: this.#ports.jmap.url(found.blobId, found.name, found.type) }
  }

  #read() {
    const { html, text } = this.#editor.value
    for (const name of ['to', 'cc', 'bcc']) this.#draft[name] = this.#who[name]?.value ?? ''
    Object.assign(this.#draft, { html, text, rich: this.#editor.isRich })
    this.#draft.subject = this.#subject.value
    this.#draft.files = this.#files.all
    this.#title.textContent = this.#draft.subject || t('compose')
  }

  #typed() {
    if (this.#gone) return
    this.#changed = true
    this.#state.textContent = t('saving')
    clearTimeout(this.#timers.save)
    this.#timers.save = setTimeout(() => this.#soon(), saveAfterMs)
    // Also while somebody types without a pause.
    this.#timers.keep ??= setTimeout(() => {
      this.#timers.keep = undefined
      this.#read()
      local.set(this.#key, this.#draft)
      this.#state.textContent = t('savedHere')
      this.#warn()
    }, keepAfterMs)
  }

  /** Until the server has it, whatever is in the way. */
  #soon() {
    this.#save().catch((error) => {
      if (this.#gone) return
      if (error instanceof NeedsLogin) this.#ports.failed(error)
      this.#state.textContent = t('savedHere')
      this.#timers.save = setTimeout(() => this.#soon(), againAfterMs)
    })
  }

  #everybody() {
    return addresses(['to', 'cc', 'bcc'].map((name) => this.#who[name]?.value ?? '').join(','))
  }

  /** What is worth a look before it goes. */
  #warn() {
    const ports = { people: this.#ports.people, own: this.#draft.from.email }
    const odd = this.#everybody()
      .map(({ email }) => ({ email, ...judged({ email }, ports) }))
      .find(({ state }) => state === 'warn' || state === 'bad')
    this.#check.textContent =
      odd?.state === 'warn'
        ? compose('likeCheck', { email: odd.email, why: odd.why })
        : (odd?.why ?? '')
  }

  /** One at a time: each takes the place of the one before it. */
  #save() {
    clearTimeout(this.#timers.save)
    const next = this.#saving
      .catch(() => {})
      .then(async () => {
        if (!this.#gone) this.#read()
        const { jmap, box } = this.#ports
        const create = { d: emailOf(this.#draft, box('drafts')) }
        const answer = await jmap.set('Email/set', { create })
        const before = this.#draft.serverId
        this.#draft.serverId = answer.created.d.id
        if (before) await jmap.call([['Email/set', { destroy: [before] }]])
        if (!this.#gone) local.set(this.#key, this.#draft)
        this.#state.textContent = t('saved')
      })
    this.#saving = next
    return next
  }

  /** From the page; what was written stays. */
  #leave() {
    this.#read()
    this.#gone = true
    clearTimeout(this.#timers.save)
    clearTimeout(this.#timers.keep)
    this.element.remove()
    this.#editor.close()
  }

  #close() {
    this.#leave()
    if (!this.#changed) return local.set(this.#key, undefined)
    local.set(this.#key, this.#draft)
    this.#save()
      .then(() => local.set(this.#key, undefined))
      .catch(this.#ports.failed)
  }

  #fold() {
    const folded = this.element.classList.toggle('folded')
    if (!folded) this.focus()
  }

  async #discard() {
    this.#leave()
    local.set(this.#key, undefined)
    const draft = this.#draft
    await this.#saving.catch(() => {})
    if (draft.serverId)
      await this.#ports.jmap
        .set('Email/set', { destroy: [draft.serverId] })
        .catch(this.#ports.failed)
    const { serverId: _, ...again } = draft
    toast(t('discard'), t('undo'), () => this.#ports.reopen(again))
  }

  #later(button) {
    const { tomorrow, monday } = laterTimes(new Date())
    const hint = (at) => longDate(at.toISOString())
    openMenu(
      button,
      [
        { label: compose('tomorrow'), hint: hint(tomorrow), act: () => this.#send(tomorrow) },
        { label: compose('monday'), hint: hint(monday), act: () => this.#send(monday) },
        { label: compose('pickTime'), icon: 'clock', act: () => this.#pickTime() },
      ],
      compose('sendLater'),
    )
  }

  async #pickTime() {
    const { tomorrow } = laterTimes(new Date())
    const minutes = tomorrow.getTime() - tomorrow.getTimezoneOffset() * 60_000
    const value = new Date(minutes).toISOString().slice(0, 16)
    const input = el('input', { type: 'datetime-local', value, required: true })
    const field = el('label', {}, el('span', {}, compose('time')), input)
    const agreed = await ask(compose('sendLater'), [field], compose('sendLater'))
    const at = new Date(input.value)
    if (agreed && at.getTime() > Date.now()) await this.#send(at)
  }

  async #more(button) {
    const { jmap, failed } = this.#ports
    const templates = await templatesOf(jmap).catch(() => [])
    const items = templates.map((template) => ({
      label: template.name,
      icon: 'pen',
      act: () => {
        if (this.#subject.value === '') this.#subject.value = template.subject
        this.#editor.insert({ html: template.htmlBody, text: template.textBody })
        this.#typed()
      },
    }))
    const save = {
      label: compose('asTemplate'),
      icon: 'plus',
      act: () => {
        this.#read()
        void asTemplate(jmap, this.#draft).catch(failed)
      },
    }
    openMenu(button, items.length > 0 ? [...items, undefined, save] : [save], compose('templates'))
  }

  /** Whether it may go as it is; what is in doubt is asked. */
  async #mayGo() {
    for (const field of Object.values(this.#who)) field.settle()
    this.#read()
    const all = this.#everybody()
    const bad = all.find(({ email }) => !isAddress(email))
    if (bad || all.length === 0) {
      this.#state.textContent = bad ? t('badAddress') + bad.email : t('noRecipient')
      this.#who.to?.focus()
      return false
    }
    if (this.#files.busy) {
      this.#state.textContent = compose('stillUploading')
      return false
    }
    const { subject, text, files, inline } = this.#draft
    const own = text.replace(/^>.*$/gm, '').split('\n----------')[0] ?? ''
    const speaks = /\b(?:attached|attachment|terlampir|lampiran|adjunt[oa]s?|adjunté)\b/i.test(own)
    if (
      speaks &&
      files.length + inline.length === 0 &&
      !(await askSure(t('noFile'), compose('sendAnyway')))
    )
      return false
    return subject.trim() !== '' || askSure(compose('noSubjectAsk'), compose('sendAnyway'))
  }

  /** @param {Date} [at] */
  async #send(at) {
    if (this.#gone || !(await this.#mayGo()) || this.#gone) return
    // What is on screen goes away at once; what was written stays until the server has it.
    this.#leave()
    local.set(this.#key, this.#draft)
    const { failed, reopen, changed } = this.#ports
    try {
      await this.#save()
      await submit(this.#ports, this.#draft, at)
      local.set(this.#key, undefined)
    } catch (error) {
      failed(error)
      reopen(this.#draft)
    }
    changed()
  }
}
