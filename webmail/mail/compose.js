// A message being written: kept in the browser as it is typed, on the server soon after, sent with
// a moment to undo. Knows the server through the ports it is given.
import { action, el, kept, toast } from './dom.js'
import { refused } from './jmap.js'
import { sized } from './reader.js'
import { t } from './words.js'

const saveAfterMs = 2000
const keepAfterMs = 200
const draftKey = 'amplop.drafts'
/** Longer than the button is there, so that who presses it is in time. */
const graceSeconds = 3

/** Drafts that this browser holds, by their own names. */
export const local = {
  all() {
    try {
      return JSON.parse(localStorage.getItem(draftKey) ?? '{}')
    } catch {
      return {}
    }
  },
  set(key, draft) {
    const all = local.all()
    if (draft) all[key] = draft
    else delete all[key]
    try {
      localStorage.setItem(draftKey, JSON.stringify(all))
    } catch {
      // Full, or forbidden: the server's copy has to do.
    }
  },
}

export class Composer {
  #ports
  #key
  #draft
  /** @type {Record<'keep' | 'save', any>} */
  #timers = { keep: undefined, save: undefined }
  #saving = Promise.resolve()
  #fields = {}
  #state = el('span', { className: 'quiet', role: 'status' })
  #files = el('ul', { className: 'files' })
  #uploads = 0
  element

  /**
   * @param {{jmap: any, box: (role: string) => string, changed: () => void, reopen: (draft: any) => void, failed: (error: unknown) => void}} ports
   * @param {any} draft to, cc, bcc, subject, text, files, inReplyTo, references, serverId, original
   */
  constructor(ports, draft, key = crypto.randomUUID()) {
    this.#ports = ports
    this.#key = key
    this.#draft = { to: '', cc: '', bcc: '', subject: '', text: '', files: [], ...draft }
    this.element = this.#form()
    this.#drawFiles()
  }

  focus() {
    const { to, text } = this.#fields
    ;(to.value ? text : to).focus()
    text.setSelectionRange?.(0, 0)
  }

  #form() {
    const heading = el('h2', {}, t('compose'))
    const close = action('close', t('close'), () => this.#close())
    const picker = el('input', {
      type: 'file',
      multiple: true,
      hidden: true,
      'aria-label': t('attach'),
    })
    picker.addEventListener('change', () => {
      for (const file of picker.files ?? []) void this.#attach(file)
      picker.value = ''
    })
    const send = el('button', { type: 'submit', className: 'primary' }, t('send'))
    const form = el(
      'form',
      { className: 'composer', 'aria-label': t('compose') },
      el('header', {}, heading, this.#state, close),
      ...['to', 'cc', 'bcc', 'subject'].map((name) => this.#field(name)),
      this.#area(),
      this.#files,
      el(
        'footer',
        {},
        send,
        picker,
        action('clip', t('attach'), () => picker.click()),
        action('trash', t('discard'), () => this.#discard()),
      ),
    )
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#send()
    })
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.#send()
      if (event.key === 'Escape') this.#close()
      event.stopPropagation()
    })
    form.addEventListener('dragover', (event) => event.preventDefault())
    form.addEventListener('drop', (event) => {
      event.preventDefault()
      for (const file of event.dataTransfer?.files ?? []) void this.#attach(file)
    })
    return form
  }

  #field(name) {
    const input = el('input', { name, value: this.#draft[name], autocomplete: 'off' })
    if (name !== 'subject') input.setAttribute('list', 'people')
    input.addEventListener('input', () => this.#typed())
    this.#fields[name] = input
    return el('label', { className: name }, el('span', {}, t(name)), input)
  }

  #area() {
    const area = el('textarea', { name: 'text', value: this.#draft.text, 'aria-label': t('text') })
    area.addEventListener('input', () => this.#typed())
    this.#fields.text = area
    return area
  }

  #typed() {
    for (const name of ['to', 'cc', 'bcc', 'subject', 'text'])
      this.#draft[name] = this.#fields[name].value
    this.#state.textContent = t('saving')
    clearTimeout(this.#timers.keep)
    clearTimeout(this.#timers.save)
    this.#timers.keep = setTimeout(() => {
      local.set(this.#key, this.#draft)
      this.#state.textContent = t('savedHere')
    }, keepAfterMs)
    this.#timers.save = setTimeout(() => this.#save().catch(() => {}), saveAfterMs)
  }

  /** One at a time: each takes the place of the one before it. */
  #save() {
    clearTimeout(this.#timers.save)
    const next = this.#saving
      .catch(() => {})
      .then(async () => {
        const id = await this.#put()
        const before = this.#draft.serverId
        this.#draft.serverId = id
        if (before) await this.#ports.jmap.call([['Email/set', { destroy: [before] }]])
        this.#state.textContent = t('saved')
      })
    this.#saving = next
    return next
  }

  /** The draft on the server, anew. */
  async #put() {
    const { jmap, box } = this.#ports
    const create = { d: emailOf(this.#draft, jmap.session.username, box('drafts')) }
    const answer = await jmap.set('Email/set', { create })
    return answer.created.d.id
  }

  async #attach(file) {
    const { jmap, failed } = this.#ports
    const shown = el('li', {}, `${file.name} `, el('progress', { max: 1, value: 0 }))
    this.#files.append(shown)
    this.#uploads++
    const bar = shown.querySelector('progress')
    const { done, stop } = jmap.upload(file, (share) => {
      if (bar) bar.value = share
    })
    shown.append(action('close', t('close'), stop))
    try {
      const { blobId, type, size } = await done
      this.#draft.files = [...this.#draft.files, { blobId, type, size, name: file.name }]
      this.#typed()
    } catch (error) {
      if (!(error instanceof Error) || error.message !== 'stopped') failed(error)
    } finally {
      this.#uploads--
      this.#drawFiles()
    }
  }

  #drawFiles() {
    const drop = (file) => () => {
      this.#draft.files = this.#draft.files.filter((each) => each !== file)
      this.#drawFiles()
      this.#typed()
    }
    const items = this.#draft.files.map((file) =>
      el(
        'li',
        {},
        `${file.name} `,
        el('small', {}, sized(file.size)),
        action('close', t('close'), drop(file)),
      ),
    )
    this.#files.replaceChildren(...items)
  }

  #close() {
    clearTimeout(this.#timers.save)
    const written = ['to', 'subject', 'text'].some(
      (name) => this.#fields[name].defaultValue !== this.#fields[name].value,
    )
    this.element.remove()
    if (!written && !this.#draft.serverId) return local.set(this.#key, undefined)
    local.set(this.#key, this.#draft)
    this.#save()
      .then(() => local.set(this.#key, undefined))
      .catch(this.#ports.failed)
  }

  async #discard() {
    clearTimeout(this.#timers.save)
    clearTimeout(this.#timers.keep)
    this.element.remove()
    local.set(this.#key, undefined)
    const draft = this.#draft
    await this.#saving.catch(() => {})
    if (draft.serverId)
      await this.#ports.jmap
        .set('Email/set', { destroy: [draft.serverId] })
        .catch(this.#ports.failed)
    const { serverId: _, ...again } = draft
    toast(t('deleted').replace(/.*/, t('discard')), t('undo'), () => this.#ports.reopen(again))
  }

  #problem() {
    const lists = ['to', 'cc', 'bcc'].map((name) => addresses(this.#draft[name]))
    const bad = lists.flat().find(({ email }) => !/^[^\s@]+@[^\s@]+$/.test(email))
    if (bad) return t('badAddress') + bad.email
    return lists.flat().length === 0 ? t('noRecipient') : ''
  }

  async #send() {
    if (this.#uploads > 0) return
    this.#typed()
    clearTimeout(this.#timers.save)
    const problem = this.#problem()
    const { text, files } = this.#draft
    const own = text.replace(/^>.*$/gm, '')
    const forgotten =
      files.length === 0 &&
      /\b(?:attached|attachment|terlampir|lampiran|adjunto|adjunta)\b/i.test(own)
    if (problem) {
      this.#state.textContent = problem
      this.#fields.to.focus()
      return
    }
    if (forgotten && !confirm(t('noFile'))) return
    // What is on screen goes away at once; what was written stays until the server has it.
    clearTimeout(this.#timers.keep)
    local.set(this.#key, this.#draft)
    this.element.remove()
    try {
      await this.#save()
      await this.#submit()
      local.set(this.#key, undefined)
    } catch (error) {
      this.#ports.failed(error)
      this.#ports.reopen(this.#draft)
    }
    this.#ports.changed()
  }

  async #submit() {
    const { jmap, box, changed } = this.#ports
    const { serverId, original } = this.#draft
    const seconds = kept.all().undo ?? 5
    const [sent, drafts] = [box('sent'), box('drafts')]
    const patch = {
      [`mailboxIds/${sent}`]: true,
      [`mailboxIds/${drafts}`]: null,
      'keywords/$draft': null,
    }
    const create = {
      s: { emailId: serverId, identityId: 'own', envelope: this.#envelope(seconds) },
    }
    const [answer] = await jmap.call([
      ['EmailSubmission/set', { create, onSuccessUpdateEmail: { '#s': patch } }],
      ...(original
        ? [['Email/set', { update: { [original.id]: { [`keywords/${original.mark}`]: true } } }]]
        : []),
    ])
    refused(answer)
    const { id } = answer.created.s
    if (seconds === 0) return toast(t('sending'))
    const undo = async () => {
      const [stopped] = await jmap.call([
        ['EmailSubmission/set', { update: { [id]: { undoStatus: 'canceled' } } }],
      ])
      if (stopped.notUpdated?.[id]) return toast(t('tooLate'))
      const back = {
        [`mailboxIds/${drafts}`]: true,
        [`mailboxIds/${sent}`]: null,
        'keywords/$draft': true,
      }
      await jmap.set('Email/set', { update: { [serverId]: back } })
      toast(t('heldBack'))
      this.#ports.reopen(this.#draft)
      changed()
    }
    toast(t('sending'), t('undo'), () => undo().catch(this.#ports.failed), seconds)
  }

  #envelope(seconds) {
    const { to, cc, bcc } = this.#draft
    const all = new Set(addresses([to, cc, bcc].join(',')).map(({ email }) => email))
    const parameters = seconds === 0 ? null : { HOLDFOR: String(seconds + graceSeconds) }
    const rcptTo = [...all].map((email) => ({ email, parameters: null }))
    return { mailFrom: { email: this.#ports.jmap.session.username, parameters }, rcptTo }
  }
}

/** "Ann <a@b>, c@d" taken apart. @param {string} text */
export function addresses(text) {
  const found = text.match(/(?:"(?:[^"\\]|\\.)*"|[^",;])+/g) ?? []
  return found
    .map((one) => {
      const [, name = '', email = ''] = /^\s*(.*?)\s*<([^<>]*)>\s*$/.exec(one) ?? [
        '',
        '',
        one.trim(),
      ]
      return { name: name.replace(/^"(.*)"$/, '$1') || null, email: email.trim() }
    })
    .filter(({ email }) => email !== '')
}

function emailOf(draft, own, mailbox) {
  const list = (text) => {
    const found = addresses(text).filter(({ email }) => /^[^\s@]+@[^\s@]+$/.test(email))
    return found.length > 0 ? found : undefined
  }
  const parts = draft.files.map(({ blobId, type, name }) => ({
    blobId,
    type,
    name,
    disposition: 'attachment',
  }))
  const fields = {
    ...{ mailboxIds: { [mailbox]: true }, keywords: { $draft: true, $seen: true } },
    ...{ from: [{ name: null, email: own }], to: list(draft.to), cc: list(draft.cc) },
    ...{ bcc: list(draft.bcc), subject: draft.subject },
    ...{ inReplyTo: draft.inReplyTo, references: draft.references },
    ...{
      bodyValues: { t: { value: draft.text } },
      textBody: [{ partId: 't', type: 'text/plain' }],
    },
    attachments: parts.length > 0 ? parts : undefined,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
