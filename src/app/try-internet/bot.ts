// A small SMTP server on loopback that plays somebody else's: what it answers is its persona's
// business. Speaks as much of RFC 5321 as the queue's client end needs, and keeps nothing itself.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { Talk } from './talk.ts'

/** A message as a bot has heard it. */
export interface Heard {
  readonly hello: string
  /** "" for the null sender. */
  readonly from: string
  readonly to: readonly string[]
  /** Bytes as Latin-1. */
  readonly text: string
}

export interface Persona {
  /** "mx.bigmail.test" */
  readonly host: string
  /** What STARTTLS leads to. */
  readonly tls: SecureContext | 'broken'
  /** The reply to RCPT; 250 without it. */
  readonly recipient?: (from: string, to: string) => string
  /** The reply after the dot. */
  readonly taken: (heard: Heard) => Promise<string>
}

const lineMax = 4_096
const textMax = 50_000_000
const silenceMs = 120_000

export class Bot {
  readonly #persona: Persona
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(persona: Persona) {
    this.#persona = persona
    this.#server = createServer((socket) => this.#serve(socket))
    this.#server.maxConnections = 50
  }

  /** The free port of 127.0.0.1 on which it listens. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.setTimeout(silenceMs, () => socket.destroy())
    void converse(new Talk(socket), this.#persona).catch(() => socket.destroy())
  }
}

interface Session {
  hello: string
  secure: boolean
  from: string | undefined
  to: string[]
}

async function converse(talk: Talk, persona: Persona): Promise<void> {
  const session: Session = { hello: '', secure: false, from: undefined, to: [] }
  talk.say(`220 ${persona.host} ESMTP practice`)
  for (;;) {
    const line = await talk.line(lineMax)
    if (line === undefined) break
    const verb = (line.split(' ')[0] ?? '').toUpperCase()
    if (verb === 'QUIT') {
      talk.say('221 2.0.0 Bye')
      break
    }
    if (verb === 'STARTTLS') {
      talk.say('220 2.0.0 Go ahead')
      if (persona.tls === 'broken') {
        talk.say('this is not TLS')
        break
      }
      talk.secure(persona.tls)
      Object.assign(session, { secure: true, from: undefined, to: [] })
    } else if (verb === 'DATA') {
      if (!(await hearText(talk, persona, session))) break
    } else talk.say(...answer(verb, line, session, persona))
  }
  talk.end()
}

/** Whether the client is still there. */
async function hearText(talk: Talk, persona: Persona, session: Session): Promise<boolean> {
  const { hello, from, to } = session
  if (from === undefined || to.length === 0) {
    talk.say('503 5.5.1 RCPT first')
    return true
  }
  talk.say('354 Go ahead')
  const text = await talk.text(textMax)
  if (text === undefined) return false
  Object.assign(session, { from: undefined, to: [] })
  talk.say(await persona.taken({ hello, from, to, text }))
  return true
}

function answer(verb: string, line: string, session: Session, persona: Persona): string[] {
  const path = /<([^>]*)>/.exec(line)?.[1] ?? ''
  switch (verb) {
    case 'EHLO':
    case 'HELO': {
      session.hello = line.slice(5).trim()
      const offers = ['8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES']
      const words = [persona.host, ...offers, ...(session.secure ? [] : ['STARTTLS'])]
      return words.map((word, n) => `250${n === words.length - 1 ? ' ' : '-'}${word}`)
    }
    case 'MAIL':
      Object.assign(session, { from: path, to: [] })
      return ['250 2.1.0 OK']
    case 'RCPT': {
      if (session.from === undefined) return ['503 5.5.1 MAIL first']
      const reply = persona.recipient?.(session.from, path) ?? '250 2.1.5 OK'
      if (reply.startsWith('2')) session.to.push(path)
      return [reply]
    }
    case 'RSET':
      Object.assign(session, { from: undefined, to: [] })
      return ['250 2.0.0 OK']
    case 'NOOP':
      return ['250 2.0.0 OK']
    default:
      return ['502 5.5.1 Not known here']
  }
}
