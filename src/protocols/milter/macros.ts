// What a filter may ask to be told by name: the macros of sendmail that say something here.

import type { Client } from '../../delivery/types.ts'
import type { Address } from '../../message/address.ts'

export interface Told {
  readonly serverName: string
  readonly client: Client
  readonly id?: string
  readonly from?: Address | null
  readonly to?: Address
}

/** Sent where the filter has not said what it wants, by the letter of the command. */
const usual: Readonly<Record<string, readonly string[]>> = {
  C: ['j', '{daemon_name}', '{client_addr}', '{client_port}', 'v'],
  H: ['{tls_version}'],
  M: ['i', '{auth_type}', '{auth_authen}', '{mail_addr}', '{mail_host}'],
  R: ['i', '{rcpt_addr}', '{rcpt_host}'],
  T: ['i'],
  N: ['i'],
  E: ['i'],
}

/** Names and values, one after the other, of those that are known and not empty. */
export function macrosFor(
  letter: string,
  told: Told,
  wanted: ReadonlyMap<string, readonly string[]>,
): string[] {
  const names = wanted.get(letter) ?? usual[letter] ?? []
  return names.flatMap((name) => {
    const value = macro(name.length > 1 && !name.startsWith('{') ? `{${name}}` : name, told)
    return value === '' ? [] : [name, value]
  })
}

function macro(name: string, { serverName, client, id = '', from, to }: Told): string {
  switch (name) {
    case 'j':
      return serverName
    case 'v':
      return 'Amplop'
    case '{daemon_name}':
      return client.protocol
    case '{client_addr}':
    case '_':
      return client.address
    case '{client_port}':
      return String(client.port)
    case '{tls_version}':
      return client.tls
    case 'i':
      return id
    // Filters take any value for "has logged in".
    case '{auth_type}':
      return client.login === '' ? '' : 'PLAIN'
    case '{auth_authen}':
      return client.login
    case '{mail_addr}':
      return from ? `${from.local}@${from.domain}` : ''
    case '{mail_host}':
      return from?.domain ?? ''
    case '{rcpt_addr}':
      return to ? `${to.local}@${to.domain}` : ''
    case '{rcpt_host}':
      return to?.domain ?? ''
    default:
      return ''
  }
}
