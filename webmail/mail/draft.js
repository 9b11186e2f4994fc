// A letter that is written, as data: what this browser keeps of it, and what it is to the server.
// Knows no page.
import { addresses, isAddress } from './addresses.js'
import { cleanFragment } from './html-here.js'

const draftKey = 'amplop.drafts'

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

export const emptyDraft = {
  ...{ to: '', cc: '', bcc: '', subject: '', text: '', html: '', files: [], inline: [] },
}

/** The email that the server makes of it. @param {any} draft @param {string} mailbox */
export function emailOf(draft, mailbox) {
  const list = (text) => {
    const found = addresses(text).filter(({ email }) => isAddress(email))
    return found.length > 0 ? found : undefined
  }
  const { html, used } = outgoing(draft)
  const rich = html !== ''
  const attachments = [
    ...used.map(({ blobId, type, name, cid }) => ({
      ...{ blobId, type, name, cid, disposition: 'inline' },
    })),
    ...draft.files.map(({ blobId, type, name }) => ({
      ...{ blobId, type, name, disposition: 'attachment' },
    })),
  ]
  const fields = {
    ...{ mailboxIds: { [mailbox]: true }, keywords: { $draft: true, $seen: true } },
    ...{ from: [draft.from], to: list(draft.to), cc: list(draft.cc), bcc: list(draft.bcc) },
    ...{ replyTo: draft.replyTo ?? undefined, subject: draft.subject },
    ...{ inReplyTo: draft.inReplyTo, references: draft.references },
    bodyValues: { t: { value: draft.text }, ...(rich ? { h: { value: html } } : {}) },
    textBody: [{ partId: 't', type: 'text/plain' }],
    htmlBody: rich ? [{ partId: 'h', type: 'text/html' }] : undefined,
    attachments: attachments.length > 0 ? attachments : undefined,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/**
 * HTML as it leaves: pictures named as the parts of the letter that they are, or as what they were
 * in the letter that is answered; and which of the parts it uses.
 */
function outgoing({ html, inline }) {
  if (html === '') return { html: '', used: [] }
  // In a document of its own: a picture of this page's would be loaded once its address is set.
  const { body: holder } = document.implementation.createHTMLDocument('')
  holder.append(cleanFragment(html))
  const cids = new Set()
  for (const picture of holder.querySelectorAll('img')) {
    const cid = picture.getAttribute('data-cid')
    const elsewhere = picture.getAttribute('data-src')
    if (cid && inline.some((each) => each.cid === cid)) {
      cids.add(cid)
      picture.setAttribute('src', `cid:${cid}`)
    } else if (elsewhere) picture.setAttribute('src', elsewhere)
    for (const name of ['data-cid', 'data-src']) picture.removeAttribute(name)
  }
  for (const node of holder.querySelectorAll('[data-signature]'))
    node.removeAttribute('data-signature')
  const used = inline.filter(({ cid }) => cids.has(cid))
  return { html: `<html><body>${holder.innerHTML}</body></html>`, used }
}
