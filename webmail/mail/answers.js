// The drafts that begin as an answer: reply, reply to all, to the list, forward, and a draft of the
// server's taken up again. Knows no page.
import { line } from './addresses.js'
import { identitiesOf, isOwn, writerFor } from './identities.js'
import { textOf } from './letter-text.js'
import { escaped } from './plain-here.js'
import { longDate, t } from './words.js'

/** A draft of the server's, as the composer has it. */
export async function draftOf(jmap, email) {
  const html = isHtml(email) ? await quoteOf(jmap, email) : ''
  const { inline, files } = partsOf(email, html)
  return {
    ...{ to: line(email.to), cc: line(email.cc), bcc: line(email.bcc), html, inline, files },
    ...{ subject: email.subject ?? '', text: textOf(email), rich: html !== '' },
    ...{ serverId: email.id, references: email.references ?? undefined },
    ...{ inReplyTo: email.inReplyTo ?? undefined, from: email.from?.[0], signed: true },
  }
}

/** @param {any} jmap @param {any} email @param {'reply' | 'replyAll' | 'replyList'} how */
export async function answerTo(jmap, email, how) {
  const [identities, html] = await Promise.all([
    identitiesOf(jmap),
    isHtml(email) ? quoteOf(jmap, email) : '',
  ])
  const writer = writerFor(email, identities)
  const who = email.from?.[0]?.name || email.from?.[0]?.email || t('nobody')
  const head = t('wrote', { date: longDate(email.receivedAt), who })
  const { inline } = partsOf(email, html)
  return {
    ...recipients(email, identities, how),
    ...{ subject: prefixed('Re: ', email.subject), rich: html !== '', inline },
    text: `\n\n${head}\n${textOf(email)
      .trimEnd()
      .replace(/^>/gm, '>>')
      .replace(/^(?!>)/gm, '> ')}\n`,
    html: html && `<div><br></div><div>${escaped(head)}</div>${cited(html)}`,
    ...threaded(email),
    ...(writer ? { identityId: writer.identity.id, fromEmail: writer.email } : {}),
    originals: [{ id: email.id, mark: '$answered' }],
  }
}

/** RFC 5322 §3.6.3, and what people expect of it. */
function recipients(email, identities, how) {
  const list = listAddress(email)
  if (how === 'replyList' && list) return { to: list, cc: '' }
  // Who answers a letter of one's own writes to the same people again.
  const mine = email.from?.every((each) => isOwn(identities, each.email)) ?? false
  const first = mine ? (email.to ?? []) : email.replyTo?.length ? email.replyTo : (email.from ?? [])
  if (how === 'reply') return { to: line(first), cc: '' }
  const used = new Set(first.map((each) => each.email.toLowerCase()))
  const others = (addresses) =>
    (addresses ?? []).filter(({ email: address }) => {
      const low = address.toLowerCase()
      if (used.has(low) || isOwn(identities, address)) return false
      used.add(low)
      return true
    })
  const to = [...first, ...(mine ? [] : others(email.to))]
  return { to: line(to), cc: line(others(email.cc)) }
}

/** Where a mailing list takes letters, RFC 2369 §3.4. */
export function listAddress(email) {
  const found = email['header:List-Post:asURLs'] ?? []
  const mailto = found.find((url) => /^mailto:/i.test(url))
  return mailto ? decodeURIComponent(mailto.slice(7).split('?')[0] ?? '') : ''
}

/** RFC 5322 §3.6.4 */
function threaded(email) {
  const before = email.references ?? email.inReplyTo ?? []
  return {
    inReplyTo: email.messageId ?? undefined,
    references: [...before, ...(email.messageId ?? [])],
  }
}

export async function forwardOf(jmap, email) {
  const html = isHtml(email) ? await quoteOf(jmap, email) : ''
  const head = [
    `---------- ${t('forwarded')} ----------`,
    `${line(email.from)} → ${line(email.to)}`,
    `${longDate(email.receivedAt)} · ${email.subject ?? ''}`,
  ]
  const { inline, files } = partsOf(email, html)
  const lines = head.map((each) => `<div>${escaped(each)}</div>`).join('')
  return {
    subject: prefixed('Fwd: ', email.subject),
    text: `\n\n${head.join('\n')}\n\n${textOf(email)}`,
    html: html && `<div><br></div>${lines}<div><br></div>${html}`,
    ...{ inline, files, rich: html !== '' },
    references: [...(email.references ?? []), ...(email.messageId ?? [])],
    originals: [{ id: email.id, mark: '$forwarded' }],
  }
}

/** Whole letters, as they came, in a new one. @param {readonly any[]} emails */
export function attachedOf(emails) {
  const [only] = emails
  const subject = emails.length === 1 ? prefixed('Fwd: ', only.subject) : ''
  const files = emails.map(({ blobId, subject: name, size }) => ({
    ...{ blobId, size, type: 'message/rfc822' },
    name: `${(name || t('message')).replace(/[/\\:*?"<>|]/g, ' ').slice(0, 80)}.eml`,
  }))
  return { subject, files, originals: emails.map(({ id }) => ({ id, mark: '$forwarded' })) }
}

function isHtml(email) {
  return email.htmlBody.some(({ type }) => type === 'text/html')
}

/** The HTML of a letter as it is quoted: cleaned by the server, each part with its look. */
async function quoteOf(jmap, email) {
  const answer = await fetch(`/mail/body/${jmap.account}/${email.id}?as=quote`)
  return answer.ok ? answer.text() : ''
}

function cited(html) {
  const look = 'margin:0 0 0 4px;padding-left:12px;border-left:2px solid #ccccdd'
  return `<blockquote type="cite" style="${look}">${html}</blockquote><div><br></div>`
}

/** Attached files, and those that the HTML shows; a picture that it does not show is a file. */
function partsOf(email, html) {
  const shown = ({ cid }) => cid && html.includes(`data-cid="${escaped(cid)}"`)
  const inline = email.attachments.filter(shown)
  return { inline, files: email.attachments.filter((each) => !shown(each)) }
}

function prefixed(prefix, subject) {
  const bare = subject ?? ''
  return bare.toLowerCase().startsWith(prefix.trim().toLowerCase()) ? bare : prefix + bare
}
