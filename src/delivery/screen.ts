// The port of everybody who may object to an SMTP session before there is a message: to the client,
// its sender, a recipient. Knows no protocol's words.
import type { Log } from '../base/log.ts'
import type { Reply } from '../base/reply.ts'
import type { Address } from '../message/address.ts'
import { plainWords } from './checks/check.ts'
import type { Client } from './types.ts'

/** What a client wants, and nobody else has refused. */
export type SessionEvent =
  /** It greeted, or has proved who it is. */
  | { readonly at: 'hello' | 'auth'; readonly client: Client }
  /** `id` is that of the message to come. */
  | {
      readonly at: 'mail'
      readonly client: Client
      readonly id: string
      readonly from: Address | null
    }
  | { readonly at: 'rcpt'; readonly client: Client; readonly id: string; readonly to: Address }
  /** The session is over. */
  | { readonly at: 'end'; readonly session: string }

export interface Objection {
  /** For good, or for now. */
  readonly is: 'refused' | 'deferred'
  /** For the log. */
  readonly said: string
  /** In words of its own. */
  readonly reply?: Reply
  /** The client is shown out. */
  readonly close?: boolean
}

/** Undefined, at once or later: no objection. */
export type Hear = (event: SessionEvent) => Promise<Objection | undefined> | undefined

export interface Screen {
  readonly name: string
  readonly hear: Hear
}

/** All of them as one: the first objection counts, and later ones are not asked for. */
export function screening(list: readonly Screen[], log: Log): Hear {
  return (event) => {
    for (const [at, screen] of list.entries()) {
      const heard = screen.hear(event)
      if (heard) return first(heard, list.slice(at), event, log)
    }
    return undefined
  }
}

async function first(
  heard: Promise<Objection | undefined>,
  [screen, ...others]: readonly Screen[],
  event: SessionEvent,
  log: Log,
): Promise<Objection | undefined> {
  const objection = await heard
  if (event.at === 'end') await Promise.all(others.map((other) => other.hear(event)))
  else if (objection) {
    const { is, said } = objection
    const { session } = event.client
    log.info('objected', {
      session,
      at: event.at,
      screen: screen?.name,
      is,
      said: plainWords(said),
    })
    return objection
  }
  return event.at === 'end' ? undefined : await screening(others, log)(event)
}
