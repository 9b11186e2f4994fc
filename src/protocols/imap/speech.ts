// The language in which a session is told what happens, RFC 5255 §3. Knows which there are, how one
// is asked for, and how a sentence is said in it.
import type { ImapReply } from './replies.ts'
import { sentences } from './sentences.table.ts'

/** RFC 5255 §3.1: "i-default" is what is spoken before anything else was asked for. */
export const languages = ['en', 'de', 'id', 'i-default'] as const
export type Language = (typeof languages)[number]

const places: Partial<Record<Language, 0 | 1>> = { de: 0, id: 1 }

/** RFC 5255 §3.4: what is shared by others, as people would call it. */
const sharedNames: Partial<Record<Language, string>> = { de: 'Geteilt/', id: 'Berbagi/' }

export class Speech {
  language: Language = 'i-default'

  /** The same reply in the language that is spoken. */
  said(reply: ImapReply): ImapReply {
    const place = places[this.language]
    if (place === undefined) return reply
    const text = sentences[reply.text]?.[place]
    return text === undefined ? reply : { ...reply, text }
  }

  /** What NAMESPACE says besides of the mailboxes of others. */
  get sharedTranslation(): string {
    const name = sharedNames[this.language]
    return name === undefined ? '' : ` "TRANSLATION" ("${name}")`
  }
}

/** RFC 4647 §3.4: the language that is nearest to a range; undefined where none is. */
export function languageFor(range: string): Language | undefined {
  let wanted = range.toLowerCase()
  if (wanted === 'default' || wanted === '*') return 'i-default'
  while (wanted !== '') {
    const found = languages.find((language) => language === wanted)
    if (found) return found
    wanted = wanted.slice(0, Math.max(0, wanted.lastIndexOf('-')))
    // A single letter only begins an extension.
    if (/-[a-z0-9]$/.test(wanted)) wanted = wanted.slice(0, -2)
  }
  return undefined
}
