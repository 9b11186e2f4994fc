// The settings of our way to the outside: the DNS, and the hosts of others.
import * as v from 'valibot'
import { nameServer } from '../../trust/dns/system-servers.ts'
import { flag, integer, networks, text } from './kinds.ts'

const serversWrong = 'must be a list of name servers: ["127.0.0.1", "[2001:db8::53]:5353"]'

export const dns = {
  servers: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(serversWrong),
          v.check((entry) => nameServer(entry) !== undefined, serversWrong),
        ),
        serversWrong,
      ),
      v.description(
        'Name servers to ask, in this order: "127.0.0.1", "[2001:db8::53]:5353". Default: those of the system.',
      ),
      v.readonly(),
    ),
    [],
  ),
  trust_ad: flag(
    false,
    'Believe name servers on other machines that an answer was validated (DNSSEC), which DANE rests on. Those on this machine are believed.',
  ),
  timeout_ms: integer(
    1500,
    [50, 30_000],
    'For the first try at a server; the second has twice, the third four times as long.',
  ),
}

export const outgoing = {
  enabled: flag(
    true,
    'Send to the hosts that MX records name what no route leads. Off: foreign recipients without a route are refused.',
  ),
  port: integer(25, [1, 65_535], 'Port of the hosts that MX records name.'),
  ipv6: flag(true, 'Dial IPv6 addresses, too.'),
  source_ipv4: text('', 'Own address for connections over IPv4. Default: what the system chooses.'),
  source_ipv6: text('', 'The same over IPv6.'),
  private_networks: networks(
    [],
    'Private and local networks that MX records may lead to; all others are refused.',
  ),
  connect_timeout_ms: integer(30_000, [100, 300_000], 'For a connection, and for TLS on it.'),
  reply_timeout_ms: integer(300_000, [100, 3_600_000], 'For the reply to a command.'),
  final_timeout_ms: integer(600_000, [100, 3_600_000], 'For the reply to a whole message.'),
  idle_timeout_ms: integer(5000, [0, 300_000], 'A connection without a message is kept so long.'),
  idle_max: integer(100, [0, 10_000], 'Connections kept so, to all hosts together.'),
  messages_per_connection_max: integer(100, [1, 100_000], 'Then a new connection is made.'),
  tls_ca: text('', 'File with the authorities (PEM) to believe in place of the usual ones.'),
}
