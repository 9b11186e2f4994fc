// Header tests on the parts of a message: RFC 5703 §4. Knows which parts are meant, not what they
// are compared with.
import { type Mailbox, mailboxesOf, parseAddressList } from '../message/address-list.ts'
import { decodeWords } from '../message/encoded-words.ts'
import { parseParameters } from '../message/parameters.ts'
import type { Part } from '../message/structure.ts'
import type { Step } from './compile.ts'
import { allParts, type LetterView } from './letter-view.ts'

interface Where {
  readonly world: { readonly letter: LetterView }
  readonly part: Part | undefined
  spend(work: number): void
}

export function mimeExists(run: Where, step: Step, names: readonly string[]): boolean {
  return names.every((name) => rawValues(run, step, name).length > 0)
}

/** What `header :mime` compares of the fields of a name. */
export function mimeValues(run: Where, step: Step, name: string): readonly string[] {
  const { tags } = step
  const raw = rawValues(run, step, name)
  const wanted = tags.get('param')
  if (typeof wanted === 'object') {
    const params = wanted.map((each) => each.toLowerCase())
    return raw.flatMap((value) =>
      parseParameters(value).params.flatMap(([key, text]) => (params.includes(key) ? text : [])),
    )
  }
  const part = ['type', 'subtype', 'contenttype'].find((each) => tags.has(each))
  if (part === undefined) return raw.map((value) => decodeWords(value).trim())
  const structured = /^content-(?:type|disposition)$/i.test(name)
  return structured ? raw.flatMap((value) => typePart(parseParameters(value).value, part)) : []
}

export function mimeAddresses(run: Where, step: Step, name: string): readonly Mailbox[] {
  return rawValues(run, step, name).flatMap((raw) => mailboxesOf(parseAddressList(raw)))
}

/** RFC 5703 §4.2 */
function typePart(value: string, part: string): readonly string[] {
  const [type = '', subtype] = value.split('/', 2)
  if (part === 'type') return [type]
  if (part === 'subtype') return subtype === undefined ? [''] : [subtype]
  return [value]
}

function rawValues(run: Where, { tags }: Step, name: string): readonly string[] {
  const { letter } = run.world
  const own = run.part ?? letter.root
  const parts = tags.has('anychild') ? allParts(own) : [own]
  run.spend(parts.length * 100)
  return parts.flatMap((each) => letter.partFields(each, name))
}
