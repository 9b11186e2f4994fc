// What accounts have sent by themselves: answers while somebody is away, notifications. Sends each
// as the server's own mail, with the null reverse path, once its occasion is on disk. Knows whom it
// answered, not who decided that it should.
import { findOwner } from '../../accounts/account-jobs.ts'
import type { Log } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import type { Messages } from '../../mailbox/messages.ts'
import { type Address, formatAddress } from '../../message/address.ts'
import type { Correspondent } from '../../message/header-encode.ts'
import { messageId } from '../../message/message-id.ts'
import { LetterView } from '../../sieve/letter-view.ts'
import type { Notice, Target, Vacation } from '../../sieve/world.ts'
import type { Engine } from '../../store/engine.ts'
import type { Arrived } from '../arrived.ts'
import type { LocalDelivery } from '../local-delivery.ts'
import type { Mailroom } from '../mailroom.ts'
import { claimMark, dropMark, findMarks } from '../mark-jobs.ts'
import type { Client, Envelope, Recipient } from '../types.ts'
import { automatic, namedIn, unanswerable } from './answerable.ts'
import { composeNotice, composeVacation, correspondentIn } from './compose-answer.ts'
import { markOf } from './mark-of.ts'

export interface AnswerPorts {
  readonly engine: Engine
  readonly delivery: () => Pick<LocalDelivery, 'judge' | 'fileOwn'>
  readonly messages: Pick<Messages, 'letter' | 'append'>
  readonly mailroom: Mailroom
  readonly serverName: string
  readonly nextId: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

/** What came, and to whom. */
export interface Occasion {
  readonly arrived: Arrived
  readonly account: string
  readonly recipient: Address
}

/** What will be done, in words, and the doing. */
export interface Promised {
  readonly said: string
  /** Once the message is on disk. Never rejects. */
  after?(): Promise<void>
}

/** More in a minute and the account hears of it in its trace instead. */
const perMinuteMax = 30
const copyMaxBytes = 1024 * 1024

export class Answers {
  readonly #ports: AnswerPorts
  /** Answers and notifications of the running minute, by account. */
  readonly #sent = new Map<string, number>()
  #minute = 0

  constructor(ports: AnswerPorts) {
    this.#ports = ports
  }

  async vacation(occasion: Occasion, vacation: Vacation): Promise<Promised> {
    const { arrived, account, recipient } = occasion
    const owner = await this.#owner(account, recipient)
    const letter = viewOf(arrived)
    const sender = arrived.envelope.from
    const named = vacation.addresses.flatMap((text) => correspondentIn(text) ?? [])
    const own = [recipient, owner, ...named]
    const why = unanswerable({ letter, sender, own }) ?? this.#mayNot(occasion)
    if (why !== undefined || !sender) return { said: `not answered: ${why}` }
    const to = formatAddress(sender)
    const mark = markOf('vacation', vacation.handle, to.toLowerCase())
    const { engine, now } = this.#ports
    const before = await engine.run(findMarks, { account, marks: [mark], now: now() })
    if (before.length > 0) return { said: `not answered: ${to} was answered before` }
    const said = `answered to ${to}`
    return {
      said,
      after: () =>
        this.#quietly(occasion, async () => {
          const until = now() + vacation.seconds * 1_000
          const claim = { account, mark, until, now: now() }
          if (vacation.seconds > 0 && !(await engine.run(claimMark, claim))) return
          const id = messageId(this.#ports.nextId(), this.#ports.serverName)
          // Whoever wrote to an address hears from it.
          const named = { ...owner, ...namedIn(letter, [owner, ...own]) }
          const about = { letter, owner: named, messageId: id, now: now() }
          const text = composeVacation(about, vacation, sender)
          try {
            await this.#send(occasion, [sender], text)
          } catch (error) {
            await engine.run(dropMark, { account, mark })
            throw error
          }
          await this.#keepCopy(account, vacation.fcc, text)
        }),
    }
  }

  async notice(occasion: Occasion, notice: Notice): Promise<Promised> {
    const { arrived, account, recipient } = occasion
    const { to, cc, bcc } = notice.mailto
    const all = [...to, ...cc, ...bcc]
    const names = all.map((address) => formatAddress(address))
    const owner = await this.#owner(account, recipient)
    const letter = viewOf(arrived)
    const why = arrived.envelope.from === null ? 'it has no sender' : automatic(letter)
    const not = why ?? this.#mayNot(occasion)
    if (not !== undefined || all.length === 0)
      return { said: `not notified ${names.join(', ')}: ${not ?? 'nobody is named'}` }
    return {
      said: `notified ${names.join(', ')}`,
      after: () =>
        this.#quietly(occasion, async () => {
          const id = messageId(this.#ports.nextId(), this.#ports.serverName)
          const about = { letter, owner, messageId: id, now: this.#ports.now() }
          const text = composeNotice(about, notice)
          await this.#send(occasion, all, text)
          await this.#keepCopy(account, notice.fcc, text)
        }),
    }
  }

  async #owner(account: string, recipient: Address): Promise<Correspondent> {
    const found = await this.#ports.engine.run(findOwner, account)
    return found ?? recipient
  }

  /** Why now is no time to answer; undefined where it is, which is then counted. */
  #mayNot({ arrived, account }: Occasion): string | undefined {
    // RFC 5230 §7: who forged a sender would have us write to somebody else.
    if (arrived.findings?.origin?.dmarc.result === 'fail') return 'its sender is not proven'
    if (arrived.findings?.junk !== undefined) return 'it is junk'
    const minute = Math.floor(this.#ports.now() / 60_000)
    if (minute !== this.#minute) this.#sent.clear()
    this.#minute = minute
    const sent = this.#sent.get(account) ?? 0
    if (sent >= perMinuteMax) return 'too many were in this minute'
    this.#sent.set(account, sent + 1)
    return undefined
  }

  async #quietly({ arrived, account }: Occasion, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#ports.log.warn('not answered', { message: arrived.envelope.id, account, error })
    }
  }

  /** RFC 3834 §3.3: with the null path, so that nobody answers it in turn. */
  async #send({ arrived }: Occasion, to: readonly Address[], text: Buffer): Promise<void> {
    const { delivery, nextId, serverName } = this.#ports
    const client: Client = {
      ...{ session: arrived.envelope.id, protocol: 'report', address: '127.0.0.1', port: 0 },
      ...{ hello: serverName, tls: '', login: '', trusted: true },
    }
    const recipients: Recipient[] = []
    for (const address of to) {
      const verdict = await delivery().judge(client, address)
      if (verdict.is !== 'accepted')
        throw new Refused('not-found', `a way to ${formatAddress(address)}`)
      recipients.push(verdict.recipient)
    }
    const smtpUtf8 = to.some(({ local, domain }) => /[^\x00-\x7f]/.test(local + domain))
    const began = performance.now()
    const envelope: Envelope = { id: nextId(), client, from: null, recipients, began, smtpUtf8 }
    await delivery().fileOwn(envelope, text)
  }

  /** RFC 8580 §3 */
  async #keepCopy(account: string, target: Target | undefined, text: Buffer): Promise<void> {
    if (!target) return
    const { mailroom, messages } = this.#ports
    const mailbox = await mailroom.find(account, target)
    if (!mailbox) throw new Refused('not-found', `mailbox ${target.mailbox}`)
    const letter = messages.letter(copyMaxBytes)
    await letter.write(text)
    const flags = target.flags.length > 0 ? target.flags : ['\\Seen']
    await messages.append({ account, mailbox: mailbox.id }, [
      { letter: await letter.seal(), flags, receivedAt: this.#ports.now() },
    ])
  }
}

function viewOf({ letter }: Arrived): LetterView {
  return new LetterView(letter.head, letter.size)
}
