// The routes by which the owner of a server carries mail in and out: mailboxes of a user, what is
// in them, and messages, many at a time. Knows no file format.
import * as v from 'valibot'
import { Refused } from '../../base/refused.ts'
import { allUids } from '../../mailbox/uid-set.ts'
import { fingerprint } from '../../message/fingerprint.ts'
import { json } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'
import { framesIn } from './frames.ts'
import { read } from './input.ts'
import type { KeptPorts } from './ports.ts'
import { told } from './replies.ts'

/** The largest message that is carried in. */
export const carriedMaxBytes = 128 * 1024 * 1024
/** What a body has beside its messages. */
const framesMaxBytes = 1024 * 1024

const newMailbox = v.strictObject({ name: v.string(), role: v.optional(v.string(), '') })

export function mailRoutes(ports: KeptPorts): readonly Route[] {
  const { mailboxes, messages } = ports
  return [
    told('GET', '/mail/mailboxes', async (request) => {
      const list = await mailboxes.list((await place(ports, request)).account)
      return json(200, list)
    }),
    told('POST', '/mail/mailboxes', async (request) => {
      const { account } = await place(ports, request)
      return json(200, await mailboxFor(ports, account, await read(newMailbox, request)))
    }),
    told('GET', '/mail/known', async (request) => lines(known(ports, await place(ports, request)))),
    told('GET', '/mail/list', async (request) => lines(listed(ports, await place(ports, request)))),
    told('GET', '/mail/message', async (request) => {
      const { account, mailbox } = await place(ports, request)
      const uid = Number(request.query.get('uid'))
      const open = await mailboxes.open(account, mailbox, uid)
      if (!open) throw new Refused('not-found', `message ${uid}`)
      return { status: 200, body: open.stream() }
    }),
    told('POST', '/mail/messages', async (request) => {
      const where = await place(ports, request)
      const frames = framesIn(await request.body(carriedMaxBytes + framesMaxBytes))
      const letters = []
      for (const { bytes, flags, receivedAt } of frames) {
        const letter = messages.letter(carriedMaxBytes)
        await letter.write(bytes)
        letters.push({ letter: await letter.seal(), flags, receivedAt })
      }
      await messages.append(where, letters)
      return json(200, {})
    }),
  ]
}

interface Place {
  readonly account: string
  readonly mailbox: string
}

async function place({ accounts }: KeptPorts, { query }: HttpRequest): Promise<Place> {
  const { id } = await accounts.show(query.get('user') ?? '')
  return { account: id, mailbox: query.get('mailbox') ?? '' }
}

/** The one of that role, or else of that name, made where there is none. */
async function mailboxFor(
  { mailboxes }: KeptPorts,
  account: string,
  { name, role }: { readonly name: string; readonly role: string },
): Promise<object> {
  const list = await mailboxes.list(account)
  const lower = name.toLowerCase()
  const there =
    list.find((box) => role !== '' && box.role === role) ??
    list.find((box) => box.name === name || (box.role === 'inbox' && lower === 'inbox'))
  if (there) return { id: there.id, name: there.name }
  return { id: await mailboxes.create(account, name, { role }), name }
}

function lines(each: AsyncIterable<unknown>): HttpAnswer {
  return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, body: texts(each) }
}

async function* texts(each: AsyncIterable<unknown>): AsyncGenerator<string> {
  let text = ''
  for await (const one of each) {
    text += `${JSON.stringify(one)}\n`
    if (text.length < 16_384) continue
    yield text
    text = ''
  }
  yield text
}

async function* known({ messages }: KeptPorts, where: Place): AsyncGenerator<string> {
  for await (const slice of messages.read(where, allUids))
    for (const { digest, size } of slice) yield fingerprint(digest.envelope, size)
}

async function* listed({ messages }: KeptPorts, where: Place): AsyncGenerator<object> {
  const names = await messages.flagNames(where.account)
  for await (const slice of messages.read(where, allUids))
    for (const { uid, flags, more, receivedAt, size } of slice)
      yield { uid, flags: names.of(flags, more), receivedAt, size }
}
