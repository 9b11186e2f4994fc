// Which parts of a message are its text, and which are attached: RFC 8621 §4.1.4.
import type { Part } from './structure.ts'

export interface BodyParts {
  /** To be shown one after the other by who prefers plain text. */
  readonly text: readonly Part[]
  /** The same for who prefers HTML. */
  readonly html: readonly Part[]
  readonly attachments: readonly Part[]
}

interface Lists {
  /** null once this branch of an alternative has shown itself to be of the other kind. */
  text: Part[] | null
  html: Part[] | null
  readonly attachments: Part[]
}

/** Sorts the leaves of a structure; its depth is limited, so this may recurse. */
export function bodyParts(root: Part): BodyParts {
  const text: Part[] = []
  const html: Part[] = []
  const attachments: Part[] = []
  sort([root], { subtype: 'mixed', inAlternative: false }, { text, html, attachments })
  return { text, html, attachments }
}

/**
 * Whether a reader should be offered something to download. RFC 8621 §4.1.4 counts attachments
 * that are not inline; media shown between text without the sender asking for it count here too.
 */
export function hasAttachment(parts: BodyParts): boolean {
  const shown = parts.text.filter(isMedia)
  return [...parts.attachments, ...shown].some(
    (part) => part.disposition !== 'inline' && part.id === undefined && !isMachinery(part),
  )
}

/** Signatures and reports for programs are parts of a message, but nothing to download. */
function isMachinery(part: Part): boolean {
  if (part.disposition === 'attachment') return false
  const kind = `${part.type}/${part.subtype}`
  return (
    /^application\/(?:pgp-signature|(?:x-)?pkcs7-signature)$/.test(kind) ||
    /^message\/(?:delivery-status|disposition-notification|feedback-report)$/.test(kind)
  )
}

interface Around {
  readonly subtype: string
  readonly inAlternative: boolean
}

function sort(parts: readonly Part[], around: Around, given: Lists): void {
  const lists = { ...given }
  const textBefore = lists.text?.length ?? -1
  const htmlBefore = lists.html?.length ?? -1
  for (const [n, part] of parts.entries()) {
    if (part.parts !== undefined) {
      const inAlternative = around.inAlternative || part.subtype === 'alternative'
      sort(part.parts, { subtype: part.subtype, inAlternative }, lists)
    } else if (isInline(part, n, around)) sortInline(part, around, lists)
    else lists.attachments.push(part)
  }
  if (around.subtype !== 'alternative' || lists.text === null || lists.html === null) return
  // An alternative that has one kind only stands for the other too.
  if (textBefore === lists.text.length) lists.text.push(...lists.html.slice(htmlBefore))
  else if (htmlBefore === lists.html.length) lists.html.push(...lists.text.slice(textBefore))
}

function isInline(part: Part, index: number, around: Around): boolean {
  const text = part.type === 'text' && /^(?:plain|html)$/.test(part.subtype)
  if (part.disposition === 'attachment' || !(text || isMedia(part))) return false
  // A named text that is not the first part is an attachment; beside a root nothing is shown.
  return index === 0 || (around.subtype !== 'related' && !(text && part.filename !== undefined))
}

function isMedia(part: Part): boolean {
  return part.type === 'image' || part.type === 'audio' || part.type === 'video'
}

function sortInline(part: Part, around: Around, lists: Lists): void {
  const kind = part.type === 'text' ? part.subtype : 'media'
  if (around.subtype === 'alternative') {
    if (kind === 'plain') lists.text?.push(part)
    else if (kind === 'html') lists.html?.push(part)
    else lists.attachments.push(part)
    return
  }
  if (around.inAlternative && kind === 'plain') lists.html = null
  if (around.inAlternative && kind === 'html') lists.text = null
  lists.text?.push(part)
  lists.html?.push(part)
  if (kind === 'media' && (lists.text === null || lists.html === null)) lists.attachments.push(part)
}
