// The SMTP envelope of a submission (RFC 8621 §7): as the client says it, or as the email itself.
import { type Address, formatAddress, parseAddress } from '../../../message/address.ts'
import { mailboxesOf } from '../../../message/address-list.ts'
import type { Digest } from '../../../message/digest.ts'
import { isObject } from '../args.ts'
import { invalidProperties, SetFailure } from '../errors.ts'

export interface EnvelopeAddress {
  readonly email: string
  readonly parameters: Readonly<Record<string, string | null>> | null
}

/** Plain data, as it is kept and told. */
export interface SubmissionEnvelope {
  readonly mailFrom: EnvelopeAddress
  readonly rcptTo: readonly EnvelopeAddress[]
}

const recipientsMax = 1_000

/** @throws SetFailure */
export function envelopeOf(given: unknown, digest: Digest, identity: string): SubmissionEnvelope {
  const envelope = given === undefined || given === null ? derived(digest, identity) : read(given)
  if (envelope.rcptTo.length === 0) throw new SetFailure('noRecipients')
  if (envelope.rcptTo.length > recipientsMax)
    throw new SetFailure('tooManyRecipients', '', { maxRecipients: recipientsMax })
  const bad = envelope.rcptTo.filter(({ email }) => !addressIn(email)).map(({ email }) => email)
  if (bad.length > 0) throw new SetFailure('invalidRecipients', '', { invalidRecipients: bad })
  if (!addressIn(envelope.mailFrom.email)) throw invalidProperties(['envelope'])
  return envelope
}

/** Everybody whom the header names, each once. */
function derived({ envelope }: Digest, identity: string): SubmissionEnvelope {
  const all = mailboxesOf([...envelope.to, ...envelope.cc, ...envelope.bcc])
  const emails = new Set(all.map((each) => formatAddress(each)))
  return {
    mailFrom: { email: identity, parameters: null },
    rcptTo: [...emails].map((email) => ({ email, parameters: null })),
  }
}

function read(given: unknown): SubmissionEnvelope {
  const { mailFrom, rcptTo } = isObject(given) ? given : {}
  if (!Array.isArray(rcptTo)) throw invalidProperties(['envelope'])
  return { mailFrom: readAddress(mailFrom), rcptTo: rcptTo.map(readAddress) }
}

function readAddress(given: unknown): EnvelopeAddress {
  const { email, parameters = null } = isObject(given) ? given : {}
  const fits =
    parameters === null ||
    (isObject(parameters) &&
      Object.values(parameters).every((each) => each === null || typeof each === 'string'))
  if (typeof email !== 'string' || !fits) throw invalidProperties(['envelope'])
  return { email, parameters: parameters as EnvelopeAddress['parameters'] }
}

export function addressIn(email: string): Address | undefined {
  return parseAddress(email, { smtpUtf8: true })
}

/**
 * RFC 4865 by way of RFC 8621 §7.5: until when it is to be held, in milliseconds since 1970; `now`
 * where it is not. @throws SetFailure
 */
export function heldUntil({ mailFrom }: SubmissionEnvelope, now: number, maxMs: number): number {
  let at = now
  for (const [name, value] of Object.entries(mailFrom.parameters ?? {})) {
    const word = name.toUpperCase()
    if (word === 'HOLDFOR') at = /^\d{1,9}$/.test(value ?? '') ? now + Number(value) * 1000 : NaN
    else if (word === 'HOLDUNTIL') at = Date.parse(value ?? '')
    // What is asked for besides is a wish that mail within this server grants anyhow.
    else if (!/^(?:SIZE|BODY|SMTPUTF8|ENVID|RET)$/.test(word)) throw invalidProperties(['envelope'])
  }
  if (Number.isNaN(at) || at > now + maxMs) throw invalidProperties(['envelope'])
  return Math.max(at, now)
}
