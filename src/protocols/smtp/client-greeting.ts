// The beginning of a session with a hop: banner, EHLO, TLS and login. Knows nothing of messages.
import type { Reply } from '../../base/reply.ts'
import { HopLost, type HopSaid, type Link, TlsLost } from './client-link.ts'

export interface GreetingOptions {
  /** The name we greet with. */
  readonly hostname: string
  /** "offered": TLS where the hop has it. */
  readonly starttls: 'no' | 'offered' | 'required'
  readonly login?: { readonly user: string; readonly password: string } | undefined
  readonly speaks?: 'smtp' | 'lmtp' | undefined
}

export type Extensions = ReadonlyMap<string, string>

/** What the hop offers, or the reply with which it will not have us. */
export type Greeted =
  | { readonly extensions: Extensions }
  | { readonly refusal: Reply; readonly extensions?: undefined }

/** @throws HopLost when the connection is of no more use. */
export async function greet(link: Link, options: GreetingOptions): Promise<Greeted> {
  const banner = refusalIn(await link.reply(), 'the connection')
  if (banner) return { refusal: banner }
  let hello = await sayHello(link, options)
  if (!hello.extensions) return hello
  const offered = hello.extensions.has('STARTTLS')
  if (options.starttls === 'required' && !offered)
    throw new TlsLost('STARTTLS is required and not offered', 'starttls-not-supported')
  if (options.starttls !== 'no' && offered && !link.secured) {
    const refused = refusalIn(await link.ask('STARTTLS'), 'STARTTLS')
    if (refused && options.starttls === 'required') return { refusal: refused }
    if (!refused) {
      await link.secure()
      // RFC 3207 §4.2: what was learnt before TLS is forgotten.
      hello = await sayHello(link, options)
      if (!hello.extensions) return hello
    }
  }
  const refused = options.login && (await logIn(link, hello.extensions, options.login))
  return refused ? { refusal: refused } : hello
}

async function sayHello(link: Link, { hostname, speaks }: GreetingOptions): Promise<Greeted> {
  const lmtp = speaks === 'lmtp'
  let said = await link.ask(`${lmtp ? 'LHLO' : 'EHLO'} ${hostname}`)
  // RFC 5321 §3.2: a server that does not know EHLO is greeted the old way; LMTP has none.
  const old = said.code >= 500 && !lmtp
  if (old) said = await link.ask(`HELO ${hostname}`)
  const refusal = refusalIn(said, 'the greeting')
  if (refusal) return { refusal }
  return { extensions: old ? new Map() : extensionsIn(said) }
}

async function logIn(
  link: Link,
  extensions: Extensions,
  { user, password }: { user: string; password: string },
): Promise<Reply | undefined> {
  if (!link.secured && !link.local) throw new HopLost('no login over a connection without TLS')
  const offered = (extensions.get('AUTH') ?? '').toUpperCase().split(' ')
  if (offered.includes('PLAIN'))
    return refusalIn(await link.ask(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`), 'AUTH')
  if (!offered.includes('LOGIN')) throw new HopLost('AUTH PLAIN or LOGIN is needed, not offered')
  for (const [command, code] of [
    ['AUTH LOGIN', 334],
    [base64(user), 334],
    [base64(password), 235],
  ] as const) {
    const said = await link.ask(command)
    if (said.code >= 400) return said
    if (said.code !== code) throw unexpected(said, 'AUTH')
  }
  return undefined
}

/** The reply when it refuses. @throws HopLost when it neither refuses nor agrees. */
export function refusalIn(said: HopSaid, what: string): Reply | undefined {
  if (said.code >= 400) return said
  if (said.code >= 300) throw unexpected(said, what)
  return undefined
}

export function unexpected(said: HopSaid, what: string): HopLost {
  return new HopLost(`unexpected reply to ${what}: ${said.code} ${said.text}`.slice(0, 200))
}

/** RFC 5321 §4.1.1.1: one extension a line after the first, its name and its parameters. */
function extensionsIn(said: HopSaid): Map<string, string> {
  const extensions = new Map<string, string>()
  for (const line of said.lines.slice(1)) {
    const [name = '', ...params] = line.trim().split(/[ =]/)
    extensions.set(name.toUpperCase(), params.join(' '))
  }
  return extensions
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
