// A courier for tests: answers each consignment by a script, and remembers what it was handed.
import { formatAddress } from '../../message/address.ts'
import type { Attempt, Consignment, Courier, Tried } from '../courier.ts'

/** What a destination says: "250 2.0.0 OK"; "" is no answer, "!" cannot be reached. */
export type Script = (consignment: Consignment, address: string) => string

export interface Handed {
  readonly destination: string
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
  readonly consignment: Consignment
}

export class ScriptedCourier implements Courier {
  readonly handed: Handed[] = []
  script: Script
  /** Awaited before each answer. */
  gate: Promise<void> = Promise.resolve()

  constructor(script: Script = () => '250 2.0.0 Taken') {
    this.script = script
  }

  async deliver(consignment: Consignment): Promise<Attempt> {
    const { destination, mail } = consignment
    const chunks: Uint8Array[] = []
    for await (const chunk of mail.body()) chunks.push(chunk)
    const to = mail.to.map((one) => formatAddress(one))
    const from = mail.from ? formatAddress(mail.from) : ''
    const text = Buffer.concat(chunks).toString()
    this.handed.push({ destination, from, to, text, consignment })
    await this.gate
    const said = to.map((address) => this.script(consignment, address))
    const unreachable = said.every((one) => one === '!')
    const failure = said.some((one) => one === '' || one === '!') ? 'Connection refused' : ''
    const recipients = mail.to.map((address, n) => ({ address, ...replyOf(said[n] ?? '') }))
    const tried: Tried = {
      ...{ host: `mx.${destination}`, hop: '192.0.2.7:25', tls: 'TLSv1.3 verified' },
      policy: '',
      ...{ at: Date.now(), ms: 1, said: said[0] === '!' ? failure : (said[0] ?? '') },
    }
    return { tried: [tried], recipients, unreachable, failure }
  }
}

function replyOf(said: string) {
  const [, code = '0', status = '', text = ''] = /^(\d{3}) (\S+) (.*)$/.exec(said) ?? []
  return { code: Number(code), status, text }
}
