// The settings of the protocols that mail comes and goes by.
import { choice, flag, integer, integers, networks, places, routes, text } from './kinds.ts'

export const day = 86_400_000
export const everywhere = (port: number) => [`0.0.0.0:${port}`, `[::]:${port}`]

export const smtp = {
  listen: places(everywhere(25), 'Where mail from other servers is taken.'),
  size_max_bytes: integer(10_485_760, [1024, 2 ** 31], 'Largest message, announced as SIZE.'),
  recipients_max: integer(
    1000,
    [100, 100_000],
    'Recipients of one message (RFC 5321 asks for at least 100).',
  ),
  lenient: flag(
    true,
    'Forgive what people type: HELO alone, addresses without brackets or domain, a bare LF behind a command. The end of DATA is never forgiven.',
  ),
  xclient_networks: networks(
    [],
    'Networks of filters and proxies that may say with XCLIENT where the client is for whom they speak.',
  ),
  verify: choice(
    ['nobody', 'members'],
    'members',
    'Who is told by VRFY and EXPN who is behind an address: nobody, or those who have logged in.',
  ),
  command_timeout_ms: integer(
    300_000,
    [100, day],
    'From when a command is awaited until its last byte.',
  ),
  data_min_bytes_per_second: integer(
    500,
    [1, 1_000_000],
    'Message text must come at least this fast on average, after the first command_timeout_ms.',
  ),
  errors_max: integer(20, [1, 10_000], 'Errors of one session before it is ended with 421.'),
  idle_commands_max: integer(
    1000,
    [10, 1_000_000],
    'Greetings, NOOP, RSET, VRFY and their like between two messages of a session; one more ends it with 421.',
  ),
  connections_max: integer(
    10_000,
    [1, 100_000],
    'Connections at the same time; the next hears 421. All ports together never take more than the system gives descriptors.',
  ),
  connections_per_client_max: integer(
    50,
    [1, 100_000],
    'The same, from one IPv4 address or IPv6 /64 outside the trusted networks.',
  ),
}

export const management = {
  udp: places(
    [],
    'Where the 14-byte datagrams of old management clients are answered, to trusted networks only; 2626 is the usual port.',
  ),
  token: text('', 'The eight bytes that such a datagram must bring.'),
  xstat: flag(
    false,
    'Answer XSTAT TOTAL, CURRENT, BYTES and MAILS by SMTP, to those who have logged in.',
  ),
}

export const submission = {
  listen: places(
    everywhere(587),
    'Where people hand in mail after login, with STARTTLS. Limits are those of [smtp].',
  ),
  tls_listen: places(everywhere(465), 'The same with TLS from the first byte.'),
}

export const queue = {
  lifetime_hours: integer(
    120,
    [1, 8760],
    'How long mail is tried before it goes back to its sender (RFC 5321 asks for 4 to 5 days).',
  ),
  warn_after_hours: integer(
    4,
    [0, 8760],
    'After so long the sender is told of the delay. 0: never.',
  ),
  retry_minutes: integers(
    [1, 5, 15, 30, 60, 120, 240],
    [1, 10_080],
    'Minutes after the first attempt, after the second, and so on; the last one again and again. Each a tenth more or less.',
  ),
  attempts_max: integer(200, [1, 10_000], 'Attempts at the same time.'),
  attempts_per_destination_max: integer(20, [1, 1000], 'The same, to one domain.'),
  attempts_per_destination_per_minute: integer(
    0,
    [0, 1_000_000],
    'Attempts to one domain in a minute. 0: unlimited.',
  ),
  routes: routes(
    'Ways that mail takes by order, the first that fits: "to=DOMAIN,.DOMAIN from=DOMAIN attempt=N via=HOST:PORT tls=none|starttls|tls login=FILE source=ADDRESS". `to` and `from` are domains of recipients and senders, with a dot before it all below one; without either it is for all. `attempt` is the first it is for, `via` a host, lmtp:HOST:PORT, a web address or mx, the usual way ([queue.md](queue.md#routes)). The file has the name and the password, a line each.',
  ),
}

export const lmtp = {
  listen: places(
    [],
    'Where a mail server in front of this one hands in mail for mailboxes here by LMTP: on a port other than 25, that only it can reach. Limits are those of [smtp].',
  ),
}

export const pop3 = {
  listen: places(everywhere(110), 'Where mail is fetched by POP3, with STLS.'),
  tls_listen: places(everywhere(995), 'The same with TLS from the first byte.'),
  exclusive: flag(
    true,
    'One session at a time for each account, as RFC 1939 has it; the next hears [IN-USE]. Mail is read by other protocols meanwhile.',
  ),
  login_delay_ms: integer(
    0,
    [0, day],
    'Between two logins of one account, announced as LOGIN-DELAY. 0: none.',
  ),
  command_timeout_ms: integer(
    600_000,
    [100, day],
    'From when a command is awaited until its last byte (RFC 1939 asks for ten minutes).',
  ),
  errors_max: integer(20, [1, 10_000], 'Errors of one session before it is ended.'),
  connections_max: integer(
    10_000,
    [1, 100_000],
    'Connections at the same time; the next is told so. Never more than the system gives descriptors.',
  ),
  connections_per_client_max: integer(
    50,
    [1, 100_000],
    'The same, from one IPv4 address or IPv6 /64 outside the trusted networks.',
  ),
}

export const imap = {
  listen: places(everywhere(143), 'Where people read their mail, with STARTTLS.'),
  tls_listen: places(everywhere(993), 'The same with TLS from the first byte.'),
  size_max_bytes: integer(
    52_428_800,
    [1024, 2 ** 31],
    'Largest message of APPEND, announced as APPENDLIMIT.',
  ),
  login_timeout_ms: integer(60_000, [100, day], 'From the greeting, or a command, to the login.'),
  idle_timeout_ms: integer(
    1_860_000,
    [100, day],
    'From when a command is awaited until its last byte (RFC 9051 asks for 30 minutes).',
  ),
  data_min_bytes_per_second: integer(
    500,
    [1, 1_000_000],
    'A message of APPEND must come at least this fast on average, after the first minute.',
  ),
  messages_max: integer(
    1_000_000,
    [0, 2 ** 31],
    'Messages that one command handles, announced as MESSAGELIMIT: of more, the newest. 0 for no limit; RFC 9738 asks for 1,000 or more.',
  ),
  saves_max: integer(
    0,
    [0, 2 ** 31],
    'Messages of one COPY or APPEND, announced as SAVELIMIT, where messages_max is 0. 0 for no limit.',
  ),
  errors_max: integer(100, [1, 10_000], 'Errors of one session before it is ended with BYE.'),
  connections_max: integer(
    20_000,
    [1, 100_000],
    'Connections at the same time; the next hears BYE. Never more than the system gives descriptors.',
  ),
  connections_per_client_max: integer(
    200,
    [1, 100_000],
    'The same, from one IPv4 address or IPv6 /64 outside the trusted networks.',
  ),
}

export const managesieve = {
  listen: places(
    [],
    'Where mail programs keep filter scripts by ManageSieve, with STARTTLS; 4190 is the usual port.',
  ),
  command_timeout_ms: integer(
    1_860_000,
    [100, day],
    'From when a command is awaited until its last byte (RFC 5804 asks for 30 minutes).',
  ),
  errors_max: integer(20, [1, 10_000], 'Errors of one session before it is ended with BYE.'),
  connections_max: integer(
    1_000,
    [1, 100_000],
    'Connections at the same time; the next hears BYE. Never more than the system gives descriptors.',
  ),
  connections_per_client_max: integer(
    50,
    [1, 100_000],
    'The same, from one IPv4 address or IPv6 /64 outside the trusted networks.',
  ),
}

const rate = (fallback: number, doc: string) =>
  integer(fallback, [0, 1_000_000_000], `${doc} 0: unlimited.`)

export const rates = {
  account_messages_per_minute: rate(200, 'Messages that who has logged in may send in a minute.'),
  account_messages_per_hour: rate(2_000, 'The same in an hour.'),
  account_messages_per_day: rate(10_000, 'The same in a day.'),
  account_recipients_per_minute: rate(2_000, 'Recipients of these messages in a minute.'),
  account_recipients_per_hour: rate(10_000, 'The same in an hour.'),
  account_recipients_per_day: rate(50_000, 'The same in a day.'),
  network_messages_per_minute: rate(
    1_000,
    'Messages from one IPv4 address or IPv6 /64 outside the trusted networks in a minute.',
  ),
  network_messages_per_hour: rate(20_000, 'The same in an hour.'),
  network_messages_per_day: rate(0, 'The same in a day.'),
  network_recipients_per_minute: rate(10_000, 'Recipients of these messages in a minute.'),
  network_recipients_per_hour: rate(100_000, 'The same in an hour.'),
  network_recipients_per_day: rate(0, 'The same in a day.'),
  recipient_messages_per_minute: rate(
    300,
    'Messages to one account in a minute, from outside the trusted networks and without login.',
  ),
  recipient_messages_per_hour: rate(3_000, 'The same in an hour.'),
  recipient_messages_per_day: rate(0, 'The same in a day.'),
}
