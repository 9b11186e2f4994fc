// The drafts that begin as an answer: reply, reply to all, forward, and a draft of the server's taken
// up again. Knows no page.
import { addresses } from './compose.js'
import { textOf } from './reader.js'
import { longDate, t } from './words.js'

/** A draft of the server's, as the composer has it. */
export function draftOf(email) {
  const line = (list) => (list ?? []).map(written).join(', ')
  return {
    ...{ to: line(email.to), cc: line(email.cc), bcc: line(email.bcc) },
    ...{ subject: email.subject ?? '', text: textOf(email), files: email.attachments },
    ...{ serverId: email.id, references: email.references ?? undefined },
  }
}

/** @param {any} email @param {string} own who answers @param {boolean} all */
export function answerTo(email, own, all) {
  const mine = email.from?.some((each) => each.email === own)
  const first = mine ? email.to : (email.replyTo ?? email.from)
  const used = new Set([own, ...(first ?? []).map((each) => each.email)])
  const more = all
    ? [...(email.to ?? []), ...(email.cc ?? [])].filter((each) => !used.has(each.email))
    : []
  const who = email.from?.[0]?.name || email.from?.[0]?.email || t('nobody')
  const head = t('wrote').replace('{date}', longDate(email.receivedAt)).replace('{who}', who)
  return {
    to: (first ?? []).map(written).join(', '),
    cc: more.map(written).join(', '),
    subject: prefixed('Re: ', email.subject),
    text: `\n\n${head}\n${textOf(email).trimEnd().replace(/^/gm, '> ')}\n`,
    inReplyTo: email.messageId ?? undefined,
    references: [...(email.references ?? []), ...(email.messageId ?? [])],
    original: { id: email.id, mark: '$answered' },
  }
}

export function forwardOf(email) {
  const line = (list) => (list ?? []).map(written).join(', ')
  const head = [
    `---------- ${t('forwarded')} ----------`,
    `${line(email.from)} → ${line(email.to)}`,
    `${longDate(email.receivedAt)} · ${email.subject ?? ''}`,
  ]
  return {
    subject: prefixed('Fwd: ', email.subject),
    text: `\n\n${head.join('\n')}\n\n${textOf(email)}`,
    files: email.attachments,
    original: { id: email.id, mark: '$forwarded' },
  }
}

function prefixed(prefix, subject) {
  const bare = subject ?? ''
  return bare.toLowerCase().startsWith(prefix.trim().toLowerCase()) ? bare : prefix + bare
}

function written({ name, email }) {
  const plain = name && addresses(`${name} <${email}>`).length === 1
  return name ? (plain ? `${name} <${email}>` : `"${name.replaceAll('"', '')}" <${email}>`) : email
}
