// The grammar of SPF records, RFC 7208 §4.5, §5, §6, §12. Pure.

export type Qualifier = '+' | '-' | '~' | '?'

export type Mechanism =
  | { readonly is: 'all' }
  | { readonly is: 'include' | 'exists'; readonly spec: string }
  | {
      readonly is: 'a' | 'mx'
      /** "" is the domain itself. */
      readonly spec: string
      readonly bits4: number
      readonly bits6: number
    }
  | { readonly is: 'ptr'; readonly spec: string }
  | { readonly is: 'ip4' | 'ip6'; readonly address: string; readonly bits: number }

export interface Directive {
  readonly qualifier: Qualifier
  readonly mechanism: Mechanism
  /** As it is written, for those who are told what matched. */
  readonly text: string
}

export interface SpfRecord {
  readonly directives: readonly Directive[]
  readonly redirect?: string
  readonly exp?: string
}

/** Whether a TXT record is one of SPF, version 1 (RFC 7208 §4.5). */
export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

/** RFC 7208 §4.6: a mistake anywhere makes all of it one; the mistake is then a text. */
export function readSpf(text: string): SpfRecord | string {
  if (/[^\x20-\x7e]/.test(text)) return 'not ASCII'
  const directives: Directive[] = []
  const modifiers: { redirect?: string; exp?: string } = {}
  for (const term of text.slice('v=spf1'.length).split(' ')) {
    if (term === '') continue
    const modifier = /^([a-z][a-z0-9._-]*)=(.*)$/i.exec(term)
    const mistake = modifier
      ? addModifier(modifiers, modifier[1]!.toLowerCase(), modifier[2]!)
      : addDirective(directives, term)
    if (mistake) return `${mistake} in "${term}"`
  }
  return { directives, ...modifiers }
}

function addModifier(into: { redirect?: string; exp?: string }, name: string, value: string) {
  if (name !== 'redirect' && name !== 'exp') return isMacroString(value) ? '' : 'a wrong macro'
  if (into[name] !== undefined) return `a second ${name}`
  if (!isDomainSpec(value)) return 'no domain'
  into[name] = value
  return ''
}

const termForm = /^([+?~-]?)([a-z][a-z0-9]*)(?:([:/])(.*))?$/i

function addDirective(into: Directive[], term: string): string {
  const [all, sign = '', name = '', mark = '', rest = ''] = termForm.exec(term) ?? []
  if (all === undefined) return 'no mechanism'
  const mechanism = readMechanism(name.toLowerCase(), mark, rest)
  if (typeof mechanism === 'string') return mechanism
  const qualifier = (sign === '' ? '+' : sign) as Qualifier
  into.push({ qualifier, mechanism, text: term })
  return ''
}

function readMechanism(name: string, mark: string, rest: string): Mechanism | string {
  switch (name) {
    case 'all':
      return mark === '' ? { is: 'all' } : 'an argument of "all"'
    case 'include':
    case 'exists':
      return mark === ':' && isDomainSpec(rest) ? { is: name, spec: rest } : 'no domain'
    case 'ptr':
      if (mark === '') return { is: name, spec: '' }
      return mark === ':' && isDomainSpec(rest) ? { is: name, spec: rest } : 'no domain'
    case 'a':
    case 'mx':
      return readHosts(name, mark, rest)
    case 'ip4':
    case 'ip6':
      return readNetwork(name, mark, rest)
    default:
      return 'an unknown mechanism'
  }
}

function readHosts(is: 'a' | 'mx', mark: string, rest: string): Mechanism | string {
  const written = mark === '' ? '' : mark + rest
  const [, spec = '', four, six] = /^(.*?)(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(written) ?? []
  const bits4 = bitsOf(four, 32)
  const bits6 = bitsOf(six, 128)
  if (bits4 === undefined || bits6 === undefined) return 'a wrong prefix length'
  if (spec === '') return { is, spec, bits4, bits6 }
  if (!spec.startsWith(':') || !isDomainSpec(spec.slice(1))) return 'no domain'
  return { is, spec: spec.slice(1), bits4, bits6 }
}

const ip4Form = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
const ip6Form = /^[0-9a-f:.]*:[0-9a-f:.]*$/i

function readNetwork(is: 'ip4' | 'ip6', mark: string, rest: string): Mechanism | string {
  const [address = '', length, more] = rest.split('/')
  const bits = bitsOf(length, is === 'ip4' ? 32 : 128)
  if (mark !== ':' || bits === undefined || more !== undefined) return 'no network'
  const right = is === 'ip4' ? ip4Form.test(address) : ip6Form.test(address)
  return right && URL.canParse(is === 'ip4' ? `http://${address}/` : `http://[${address}]/`)
    ? { is, address, bits }
    : 'no network'
}

function bitsOf(text: string | undefined, max: number): number | undefined {
  if (text === undefined) return max
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= max ? Number(text) : undefined
}

const macroString = /^(?:[^% ]|%%|%_|%-|%\{[slodiphcrtv](?:[1-9]\d{0,2})?r?[.\-+,/_=]*\})*$/i

function isMacroString(text: string): boolean {
  return macroString.test(text)
}

/** RFC 7208 §7.1: it ends in a macro, or in a label that can be a top-level one. */
function isDomainSpec(text: string): boolean {
  if (!isMacroString(text) || /%\{[crt]/i.test(text)) return false
  const end = /(?:%\{[^}]*\}|\.((?!\d+\.?$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.?)$/i.exec(text)
  return end !== null
}
