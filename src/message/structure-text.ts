// IMAP's BODYSTRUCTURE of a message, RFC 9051 §7.5.2, ready to be sent: parameters and the like as
// they are written, nothing decoded, as a Latin-1 string.
import { envelopeText } from './envelope-text.ts'
import { type HeaderSection, rawValue, scanHeader } from './header-fields.ts'
import { imapNstring, imapString } from './imap-string.ts'
import { type Param, writtenParameters } from './parameters.ts'
import type { Part } from './structure.ts'

const fieldMaxChars = 8 * 1024

/** Of a structure and the bytes it was read from. */
export function structureText(
  bytes: Buffer,
  root: Part,
  header: HeaderSection = scanHeader(bytes, root.start),
): string {
  const field = fieldsOf(bytes, header)
  const params = root.params.length === 0 ? [] : writtenParameters(field('content-type') ?? '')
  const extensions = extensionsText(root, field)
  if (root.parts !== undefined) {
    // The depth of a structure is limited, so this may recurse.
    const parts = root.parts.map((part) => structureText(bytes, part)).join('')
    return `(${parts} ${imapString(root.subtype)} ${paramsText(params)} ${extensions})`
  }
  const basic = [
    imapString(root.type),
    imapString(root.subtype),
    paramsText(params),
    imapNstring(field('content-id')),
    imapNstring(field('content-description')),
    imapString(root.encoding),
    root.end - root.body,
  ]
  if (root.message !== undefined) {
    const inner = scanHeader(bytes, root.message.start)
    basic.push(envelopeText(bytes, inner), structureText(bytes, root.message, inner))
  }
  if (root.lines !== undefined) basic.push(root.lines)
  return `(${basic.join(' ')} ${imapNstring(field('content-md5'))} ${extensions})`
}

type FieldOf = (name: string) => string | undefined

/** The first field of a name. */
function fieldsOf(bytes: Buffer, header: HeaderSection): FieldOf {
  return (name) => {
    const field = header.fields.find((each) => each.name === name)
    return field && rawValue(bytes, field).slice(0, fieldMaxChars)
  }
}

function extensionsText(part: Part, field: FieldOf): string {
  const written = field('content-disposition')
  const disposition =
    part.disposition && written !== undefined
      ? `(${imapString(part.disposition)} ${paramsText(writtenParameters(written))})`
      : 'NIL'
  return `${disposition} ${languageText(field('content-language'))} ${imapNstring(field('content-location'))}`
}

function languageText(written: string | undefined): string {
  const tags = (written ?? '').split(',').map((tag) => tag.trim())
  const languages = tags.filter((tag) => tag !== '')
  if (languages.length <= 1) return imapNstring(languages[0])
  return `(${languages.map(imapString).join(' ')})`
}

function paramsText(params: readonly Param[]): string {
  if (params.length === 0) return 'NIL'
  return `(${params.map(([name, value]) => `${imapString(name)} ${imapString(value)}`).join(' ')})`
}
