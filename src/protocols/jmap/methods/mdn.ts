// MDN/send and MDN/parse, RFC 9007: read receipts, sent once for each email that asks for one.

import { formatAddress, parseAddress } from '../../../message/address.ts'
import { mailboxesOf, parseAddressList } from '../../../message/address-list.ts'
import {
  composeDisposition,
  type DispositionFields,
  readDisposition,
} from '../../../message/disposition-report.ts'
import { decodeWords } from '../../../message/encoded-words.ts'
import { rawValue, scanHeader } from '../../../message/header-fields.ts'
import { Args, isObject, type Json } from '../args.ts'
import { bytesOf } from '../blobs.ts'
import type { Answer, Call, Method } from '../call.ts'
import { mdn } from '../capabilities.ts'
import { invalidProperties, MethodError, SetFailure, setErrorOf } from '../errors.ts'
import { keywordsOf } from '../keywords.ts'
import { parsedBlobs } from '../parsed-blobs.ts'
import { isText, orNull, recordObjects } from '../record-type.ts'
import type { Submission } from '../submission/submissions.ts'
import { setEmails } from './email-set.ts'
import { identityType } from './identity.ts'

const sendMax = 50
const settable = [
  ...['forEmailId', 'subject', 'textBody', 'includeOriginalMessage', 'reportingUA'],
  ...['disposition', 'finalRecipient', 'extensionFields'],
]
const words = {
  actionMode: ['manual-action', 'automatic-action'],
  sendingMode: ['mdn-sent-manually', 'mdn-sent-automatically'],
  type: ['deleted', 'dispatched', 'displayed', 'processed'],
} as const

const send: Method = {
  name: 'MDN/send',
  capability: mdn,
  async run(args, call) {
    const account = call.account(args)
    const identities = (await recordObjects(identityType, account, call)).found
    const identity = identities.get(call.resolved(args.string('identityId')) ?? '')
    if (!identity) throw new MethodError('invalidArguments', 'identityId')
    const wanted = args.map('send')
    if (wanted.size > sendMax) throw new MethodError('requestTooLarge')
    const updates = args.map('onSuccessUpdateEmail')
    const sent: Record<string, Json> = {}
    const notSent: Record<string, object> = {}
    const update: Record<string, Json> = {}
    for (const [creationId, value] of wanted) {
      try {
        const { email, told } = await sendOne(call, { account, identity, value, updates })
        sent[creationId] = told
        update[email] = updates.get(email) ?? updates.get(`#${creationId}`) ?? {}
      } catch (error) {
        const known = setErrorOf(error)
        if (!known) throw error
        notSent[creationId] = known
      }
    }
    const some = (map: object) => (Object.keys(map).length > 0 ? map : null)
    const response = { accountId: account, sent: some(sent), notSent: some(notSent) }
    if (Object.keys(sent).length === 0) return response
    const done = await setEmails(new Args({ accountId: account, update }), call)
    return [['MDN/send', response] as Answer, ['Email/set', done] as Answer]
  },
}

interface Sending {
  readonly account: string
  readonly identity: Json
  readonly value: Json
  readonly updates: ReadonlyMap<string, Json>
}

async function sendOne(call: Call, { account, identity, value, updates }: Sending) {
  const { rooms, asker } = call
  checkProperties(value)
  const id = call.mustResolve(value.forEmailId as string, 'forEmailId')
  const [email] = /^[0-9a-z]{1,40}$/.test(id) ? await rooms.emails.get(account, [id]) : []
  if (!email) throw new SetFailure('notFound')
  const names = await rooms.messages.flagNames(account)
  const flags = keywordsOf(email.places.flatMap(({ flags, more }) => names.of(flags, more)))
  if ('$mdnsent' in flags) throw new SetFailure('mdnAlreadySent')
  // RFC 9007 §2.1: what would not be marked as sent could be sent again and again.
  const patch = updates.get(id)
  const marks =
    patch?.['keywords/$mdnsent'] === true ||
    (isObject(patch?.keywords) && patch.keywords.$mdnsent === true)
  if (!marks) throw invalidProperties(['onSuccessUpdateEmail'], 'it sets $mdnsent')
  const bytes = await bytesOf(rooms, email).whole()
  const field = fieldsOf(bytes)
  const to = mailboxesOf(parseAddressList(field('disposition-notification-to')))
  if (to.length === 0) throw new SetFailure('notFound', 'it asks for none')
  const from = parseAddress(String(identity.email), { smtpUtf8: true })!
  const fields: DispositionFields = {
    reportingUA: String(value.reportingUA ?? ''),
    gateway: '',
    originalRecipient: field('original-recipient'),
    finalRecipient: finalOf(value.finalRecipient, String(identity.email)),
    originalMessageId: field('message-id'),
    disposition: value.disposition as DispositionFields['disposition'],
    errors: [],
    extensions: (value.extensionFields ?? {}) as Readonly<Record<string, string>>,
  }
  const whole = value.includeOriginalMessage === true
  const subject = decodeWords(field('subject'))
  const report = composeDisposition({
    ...{ from: { ...from, name: String(identity.name ?? '') }, to, fields, whole },
    subject: String(value.subject ?? `Read: ${subject}`),
    text: String(value.textBody ?? `Your message "${subject}" was ${fields.disposition.type}.`),
    messageId: `${rooms.ids.next()}@${rooms.serverName}`,
    date: rooms.now(),
    original: whole ? bytes : bytes.subarray(0, scanHeader(bytes).end),
  })
  const rcptTo = to.map((one) => ({ email: formatAddress(one), parameters: null }))
  const submission: Submission = {
    ...{ identityId: String(identity.id), emailId: id, threadId: String(email.thread) },
    // RFC 8098 §2.1: nobody is told when it cannot be delivered.
    envelope: { mailFrom: { email: '', parameters: null }, rcptTo },
    ...{ sendAt: rooms.now(), undoStatus: 'final', login: asker.login.address },
    ...{ client: asker.client, secure: asker.secure },
    ...{ upload: '', trace: '', failure: '', claimedUntil: 0 },
  }
  await rooms.submissions.send(submission, report)
  const { finalRecipient, originalMessageId, originalRecipient } = fields
  const told = {
    ...{ finalRecipient, originalMessageId: originalMessageId || null },
    ...{ originalRecipient: originalRecipient || null, mdnGateway: null, error: null },
    ...('includeOriginalMessage' in value ? {} : { includeOriginalMessage: false }),
  }
  return { email: id, told }
}

/** @throws SetFailure */
function checkProperties(value: Json): void {
  const bad = Object.keys(value).filter((name) => !settable.includes(name))
  if (typeof value.forEmailId !== 'string') bad.push('forEmailId')
  const line = orNull((each) => isText(900)(each) && !/[\r\n]/.test(String(each)))
  for (const name of ['subject', 'reportingUA', 'finalRecipient'])
    if (!line(value[name] ?? null)) bad.push(name)
  if (!orNull(isText(100_000))(value.textBody ?? null)) bad.push('textBody')
  if (typeof (value.includeOriginalMessage ?? false) !== 'boolean')
    bad.push('includeOriginalMessage')
  const { disposition, extensionFields = null } = value
  const fits =
    isObject(disposition) &&
    Object.keys(disposition).length === 3 &&
    Object.entries(words).every(([name, all]) => all.some((word) => word === disposition[name]))
  if (!fits) bad.push('disposition')
  const fields = isObject(extensionFields) ? Object.entries(extensionFields) : []
  const named = fields.every(([name, text]) => /^[!-9;-~]{1,70}$/.test(name) && line(text))
  if (extensionFields !== null && (!isObject(extensionFields) || !named))
    bad.push('extensionFields')
  if (bad.length > 0) throw invalidProperties(bad)
}

/** RFC 8098 §3.2.4; one may only speak for oneself. @throws SetFailure */
function finalOf(said: unknown, identity: string): string {
  if (said === undefined || said === null) return `rfc822; ${identity}`
  const address = String(said).replace(/^\s*rfc822\s*;\s*/i, '')
  if (address.toLowerCase() !== identity.toLowerCase()) throw new SetFailure('forbiddenFrom')
  return `rfc822; ${address}`
}

function fieldsOf(bytes: Buffer): (name: string) => string {
  const { fields } = scanHeader(bytes)
  return (name) => {
    const found = fields.find((each) => each.name === name)
    const value = found ? Buffer.from(rawValue(bytes, found), 'latin1').toString() : ''
    // It goes into other headers: a bare CR would be a line of its own to some.
    return value.replace(/\p{Cc}+/gu, ' ')
  }
}

const parse: Method = {
  name: 'MDN/parse',
  capability: mdn,
  async run(args, call) {
    return parsedBlobs(args, call, await call.access(args), objectOf)
  },
}

function objectOf(bytes: Buffer): Json | undefined {
  const read = readDisposition(bytes)
  if (!read) return undefined
  const { fields, text, whole } = read
  const orNothing = (said: string) => (said === '' ? null : said)
  return {
    // Of several emails with one Message-ID none could be named.
    forEmailId: null,
    subject: orNothing(decodeWords(fieldsOf(bytes)('subject'))),
    ...{ textBody: orNothing(text), includeOriginalMessage: whole },
    ...{ reportingUA: orNothing(fields.reportingUA), mdnGateway: orNothing(fields.gateway) },
    originalRecipient: orNothing(fields.originalRecipient),
    finalRecipient: fields.finalRecipient,
    originalMessageId: orNothing(fields.originalMessageId),
    disposition: fields.disposition,
    error: fields.errors.length > 0 ? fields.errors : null,
    extensionFields: Object.keys(fields.extensions).length > 0 ? fields.extensions : null,
  }
}

export const mdnMethods: readonly Method[] = [send, parse]
