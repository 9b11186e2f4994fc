// SearchSnippet/get, RFC 8621 §5.1: where in an email the words of a search are.
import type { Digest } from '../../../message/digest.ts'
import { plainText } from '../../../message/plain-text.ts'
import { isObject } from '../args.ts'
import { bytesOf } from '../blobs.ts'
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { MethodError } from '../errors.ts'

const emailsMax = 200
const aroundChars = 100
const previewMaxBytes = 255
const textMaxChars = 256 * 1024

export const searchSnippetGet: Method = {
  name: 'SearchSnippet/get',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const ids = args.strings('emailIds')
    if (!ids) throw new MethodError('invalidArguments', '', { arguments: ['emailIds'] })
    if (ids.length > emailsMax) throw new MethodError('requestTooLarge')
    const words = { subject: new Set<string>(), body: new Set<string>() }
    collect(args.object('filter'), words)
    const emails = access.seen(await call.rooms.emails.get(accountId, ids))
    const list = await Promise.all(
      emails.map(async (email) => {
        const digest = JSON.parse(email.digest) as Digest
        const subject = marked(digest.envelope.subject, words.subject)
        if (words.body.size === 0) return { emailId: email.id, subject, preview: null }
        const whole = await bytesOf(call.rooms, email).whole()
        const text = plainText(whole.subarray(email.prefix.length), textMaxChars)
        return { emailId: email.id, subject, preview: excerpt(text, words.body) }
      }),
    )
    const found = new Set(emails.map(({ id }) => id))
    const notFound = ids.filter((id) => !found.has(id))
    return { accountId, list, notFound: notFound.length > 0 ? notFound : null }
  },
}

interface Words {
  readonly subject: Set<string>
  readonly body: Set<string>
}

/** Every word that is to be found; what is not to be found has no place. */
function collect(filter: unknown, words: Words): void {
  if (!isObject(filter) || filter.operator === 'NOT') return
  for (const each of Array.isArray(filter.conditions) ? filter.conditions : []) collect(each, words)
  for (const name of ['text', 'subject', 'body'] as const) {
    const value = filter[name]
    if (typeof value !== 'string') continue
    for (const [, phrase, word] of value.matchAll(/"([^"]*)"|([^\s"]+)/g)) {
      const text = (phrase ?? word ?? '').trim()
      if (text === '') continue
      if (name !== 'body') words.subject.add(text)
      if (name !== 'subject') words.body.add(text)
    }
  }
}

function patternOf(words: ReadonlySet<string>): RegExp | undefined {
  const patterns = [...words]
    .slice(0, 20)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'))
  return patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'giu')
}

/** The text as HTML with what was found in <mark>, or null where nothing was. */
function marked(text: string, words: ReadonlySet<string>): string | null {
  const pattern = patternOf(words)
  if (!pattern) return null
  let html = ''
  let done = 0
  for (const { 0: hit, index } of text.matchAll(pattern)) {
    html += `${escaped(text.slice(done, index))}<mark>${escaped(hit)}</mark>`
    done = index + hit.length
  }
  return done === 0 ? null : html + escaped(text.slice(done))
}

/** RFC 8621 §5: at most 255 octets. */
function excerpt(text: string, words: ReadonlySet<string>): string | null {
  const line = text.replace(/\s+/g, ' ')
  const at = patternOf(words)?.exec(line)?.index
  if (at === undefined) return null
  for (let around = aroundChars; around >= 0; around -= 10) {
    const from = Math.max(0, at - Math.floor(around / 2))
    const part = line.slice(from, at + around + 20).toWellFormed()
    const html = marked(part, words)
    if (html !== null && Buffer.byteLength(html) <= previewMaxBytes) return html
  }
  return null
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
