// XCLIENT, as Postfix has it: a named host says for which client it speaks. Where the client is
// counts for trust, log and trace; a login is never taken on another's word.
import { isIP } from 'node:net'
import { plainAddress } from '../../../base/networks.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { anything } from '../grammar.ts'
import { greeting, replies } from '../replies.ts'
import { word } from '../session.ts'

export const xclient = word({
  name: 'XCLIENT',
  when: ['connected', 'ready'],
  parse: anything,
  run: (phase, rest, { options }, { connection }) => {
    if (!options.xclient.has(connection.address))
      return { reply: replies.xclientDenied, blame: true }
    const said = attributes(rest)
    const known = phase.in === 'connected' ? (phase.origin ?? connection) : phase.client
    const address = said.get('ADDR') ?? known.address
    const port = Number(said.get('PORT') ?? known.port)
    const { session } = phase.in === 'connected' ? phase : phase.client
    // It begins anew, as if that client had just connected.
    return {
      reply: greeting(options),
      phase: { in: 'connected', session, origin: { address, port } },
    }
  },
})

/** Taken and not used: the name and the greeting of the client, and where it connected to. */
const unused = new Set(['NAME', 'HELO', 'PROTO', 'DESTADDR', 'DESTPORT'])
const unknown = /^\[(?:UNAVAILABLE|TEMPUNAVAIL)\]$/i

/** "ADDR=192.0.2.1 PORT=[UNAVAILABLE]": what is known of it. @throws Syntax */
function attributes(rest: string): ReadonlyMap<string, string> {
  const said = new Map<string, string>()
  for (const pair of rest.split(/ +/)) {
    const [, name = '', value = ''] = /^([a-z]+)=([!-~]+)$/i.exec(pair) ?? []
    const attribute = name.toUpperCase()
    if (unknown.test(value) || unused.has(attribute)) continue
    const meant = attribute === 'ADDR' ? addressIn(value) : attribute === 'PORT' && portIn(value)
    if (!meant) throw new Syntax('Expected XCLIENT ADDR=address PORT=port')
    said.set(attribute, meant)
  }
  return said
}

function addressIn(value: string): string {
  const address = value.replace(/^IPV6:/i, '')
  return isIP(address) === 0 ? '' : plainAddress(address)
}

function portIn(value: string): string {
  return /^\d{1,5}$/.test(value) && Number(value) < 65_536 ? value : ''
}
