// A route as a settings file has it: words of the form name=value.
import { isIP } from 'node:net'

export type RouteVia =
  /** The usual way, by MX. */
  | { readonly is: 'mx' }
  | {
      readonly is: 'smtp' | 'lmtp'
      readonly host: string
      readonly port: number
      readonly tls: 'none' | 'starttls' | 'tls'
    }
  | { readonly is: 'post'; readonly url: string }

export interface RouteWords {
  readonly to: readonly string[]
  readonly from: readonly string[]
  /** From this attempt on, the first is 1. */
  readonly attempt: number
  readonly via: RouteVia
  /** File with the name and the password, a line each; "" is without login. */
  readonly login: string
  /** Our own address; "" is what the system chooses. */
  readonly source: string
}

const domain = /^\.?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const names = ['to', 'from', 'attempt', 'via', 'tls', 'login', 'source']

/** Undefined where the text is none. */
export function routeOf(text: string): RouteWords | undefined {
  const words = new Map<string, string>()
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const at = word.indexOf('=')
    const name = word.slice(0, at)
    if (at < 0 || !names.includes(name) || words.has(name)) return undefined
    words.set(name, word.slice(at + 1))
  }
  const via = viaOf(words.get('via') ?? '', words.get('tls'))
  const to = listOf(words.get('to'))
  const from = listOf(words.get('from'))
  const attempt = words.get('attempt') ?? '1'
  const { login = '', source = '' } = Object.fromEntries(words)
  const sound = /^[1-9]\d?$/.test(attempt) && (source === '' || isIP(source) !== 0)
  if (!via || !to || !from || !sound || (via.is === 'mx' && login !== '')) return undefined
  return { to, from, attempt: Number(attempt), via, login, source }
}

function listOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return []
  const list = text.toLowerCase().split(',')
  return list.every((one) => domain.test(one)) ? list : undefined
}

function viaOf(text: string, tls: string | undefined): RouteVia | undefined {
  if (text === 'mx') return tls === undefined ? { is: 'mx' } : undefined
  if (/^https?:\/\//.test(text)) return tls === undefined ? postTo(text) : undefined
  const lmtp = text.startsWith('lmtp:')
  const place = placeOf(lmtp ? text.slice('lmtp:'.length) : text, lmtp ? '24' : '25')
  const security = tls ?? (lmtp ? 'none' : 'starttls')
  if (!place || (security !== 'none' && security !== 'starttls' && security !== 'tls'))
    return undefined
  return { is: lmtp ? 'lmtp' : 'smtp', ...place, tls: security }
}

/** A password in it would be shown wherever the settings are. */
function postTo(text: string): RouteVia | undefined {
  const url = URL.parse(text)
  return url && url.username === '' && url.password === ''
    ? { is: 'post', url: url.href }
    : undefined
}

function placeOf(text: string, usual: string): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits = usual] =
    /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = (bracketed ?? plain ?? '').toLowerCase()
  const port = Number(digits)
  if (port < 1 || port > 65_535) return undefined
  return isIP(host) !== 0 || (bracketed === undefined && domain.test(host))
    ? { host, port }
    : undefined
}
