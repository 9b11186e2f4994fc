// What the trace of a message does not tell of its envelope, kept with it while it is kept apart.
import type { Asked, Envelope, Recipient } from './types.ts'

type Wish = Pick<Recipient, 'notify' | 'originalRecipient'>

/** What was asked for a message, and for each of its recipients in their order. */
export interface Wishes {
  readonly asked: Asked
  readonly recipients: readonly Wish[]
}

const name = 'X-Amplop-Asked: '
const foldAt = 72

/** A header field with its CRLF that comes before all others; "" where nothing was asked. */
export function wishesField({ asked = {}, recipients }: Envelope): string {
  const wishes: Wishes = { asked, recipients: recipients.map(wishOf) }
  const some = [asked, ...wishes.recipients].some((wish) => Object.keys(wish).length > 0)
  if (!some) return ''
  const lines = Buffer.from(JSON.stringify(wishes)).toString('base64')
  return `${name}${lines.replace(new RegExp(`(.{${foldAt}})(?=.)`, 'g'), '$1\r\n ')}\r\n`
}

/** What such a field at the beginning of `prefix` says. */
export function wishesIn(prefix: Uint8Array): Wishes {
  const text = Buffer.from(prefix).toString('latin1')
  if (!text.startsWith(name)) return { asked: {}, recipients: [] }
  const field = text.slice(name.length, text.search(/\r\n(?! )/))
  return JSON.parse(Buffer.from(field, 'base64').toString()) as Wishes
}

function wishOf({ notify, originalRecipient }: Recipient): Wish {
  return {
    ...(notify ? { notify } : {}),
    ...(originalRecipient === undefined ? {} : { originalRecipient }),
  }
}
