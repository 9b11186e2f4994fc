// A courier that delivers inside the house: what was held back for a while and is for mailboxes
// here. Who may send it was judged when it came; who is there is judged now.

import { Refused } from '../base/refused.ts'
import { formatAddress } from '../message/address.ts'
import type { Attempt, Consignment, Courier } from '../queue/courier.ts'
import type { HopReply } from '../queue/transport.ts'
import type { LocalDelivery } from './local-delivery.ts'
import type { Client, Recipient, RecipientVerdict } from './types.ts'

interface Ports {
  readonly delivery: () => LocalDelivery
  readonly nextId: () => string
  readonly now: () => number
  readonly serverName: string
}

const refusals: Readonly<Record<string, Pick<HopReply, 'code' | 'status' | 'text'>>> = {
  'unknown-user': { code: 550, status: '5.1.1', text: 'Nobody of that name here' },
  disabled: { code: 550, status: '5.2.1', text: 'The account is switched off' },
  'over-quota': { code: 452, status: '4.2.2', text: 'The mailbox is full' },
}
const otherwise = { code: 550, status: '5.7.1', text: 'Not taken here any more' }

export class HouseCourier implements Courier {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async deliver(consignment: Consignment): Promise<Attempt> {
    const { serverName, now } = this.#ports
    const at = now()
    const began = performance.now()
    let failure = ''
    let recipients: readonly HopReply[]
    try {
      recipients = await this.#deliver(consignment)
    } catch (error) {
      failure = error instanceof Refused ? error.message : 'it could not be filed'
      recipients = consignment.mail.to.map((address) => ({
        ...{ address, code: 0, status: '', text: '' },
      }))
    }
    const [first] = recipients
    const said = failure || `${first?.code} ${first?.status} ${first?.text}`
    const ms = Math.round(performance.now() - began)
    const tried = [{ host: serverName, hop: '', tls: '', policy: '' as const, at, ms, said }]
    return { tried, recipients, unreachable: false, failure, passedOn: true }
  }

  async #deliver({ message, mail }: Consignment): Promise<HopReply[]> {
    const { delivery, serverName } = this.#ports
    const client: Client = {
      ...{ session: message, protocol: 'report', address: '127.0.0.1', port: 0 },
      ...{ hello: serverName, tls: '', login: '', trusted: true },
    }
    const verdicts: RecipientVerdict[] = []
    for (const to of mail.to) verdicts.push(await delivery().judge(client, to))
    const found = verdicts.flatMap((verdict, n): Recipient[] => {
      if (verdict.is !== 'accepted') return []
      const { notify, originalRecipient } = mail.asked?.recipients?.[n] ?? {}
      return [
        {
          ...verdict.recipient,
          ...(notify ? { notify } : {}),
          ...(originalRecipient === undefined ? {} : { originalRecipient }),
        },
      ]
    })
    const filed = found.length > 0 && (await this.#file(client, found, mail))
    return mail.to.map((address, n) => {
      const { is } = verdicts[n] as RecipientVerdict
      if (is !== 'accepted') return { address, ...(refusals[is] ?? otherwise) }
      const text = `OK: ${formatAddress(address)} filed as ${filed || ''}`
      return { address, code: 250, status: '2.1.5', text }
    })
  }

  async #file(
    client: Client,
    recipients: readonly Recipient[],
    mail: Consignment['mail'],
  ): Promise<string> {
    const { delivery, nextId } = this.#ports
    const { from, smtpUtf8, body } = mail
    const began = performance.now()
    const envelope = { id: nextId(), client, from, recipients, began, smtpUtf8 }
    const { id } = await delivery().fileUnchecked(envelope, body(), 'released')
    return id
  }
}
