// A route as a settings file has it: words of the form name=value.
import { isIP } from 'node:net'

export interface RouteWords {
  readonly to: readonly string[]
  readonly from: readonly string[]
  readonly host: string
  readonly port: number
  readonly tls: 'none' | 'starttls' | 'tls'
  /** File with the name and the password, a line each; "" is without login. */
  readonly login: string
}

const domain = /^\.?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const names = ['to', 'from', 'via', 'tls', 'login']

/** Undefined where the text is none. */
export function routeOf(text: string): RouteWords | undefined {
  const words = new Map<string, string>()
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const at = word.indexOf('=')
    const name = word.slice(0, at)
    if (at < 0 || !names.includes(name) || words.has(name)) return undefined
    words.set(name, word.slice(at + 1))
  }
  const place = placeOf(words.get('via') ?? '')
  const tls = words.get('tls') ?? 'starttls'
  const to = listOf(words.get('to'))
  const from = listOf(words.get('from'))
  if (!place || !to || !from || (tls !== 'none' && tls !== 'starttls' && tls !== 'tls'))
    return undefined
  return { to, from, ...place, tls, login: words.get('login') ?? '' }
}

function listOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return []
  const list = text.toLowerCase().split(',')
  return list.every((one) => domain.test(one)) ? list : undefined
}

function placeOf(text: string): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits = '25'] =
    /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = (bracketed ?? plain ?? '').toLowerCase()
  const port = Number(digits)
  if (port < 1 || port > 65_535) return undefined
  return isIP(host) !== 0 || (bracketed === undefined && domain.test(host))
    ? { host, port }
    : undefined
}
