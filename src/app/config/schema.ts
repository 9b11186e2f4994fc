// Every setting there is: its kind, its default, and the sentence that documents it. The table in
// docs/config.md is checked against this.
import * as v from 'valibot'
import { loopback } from '../../base/networks.ts'
import { acme } from './acme-section.ts'
import { backup } from './backup-section.ts'
import {
  choice,
  choices,
  flag,
  hostName,
  hostNames,
  integer,
  milterPlaces,
  networks,
  places,
  privateUrl,
  text,
  texts,
} from './kinds.ts'
import { dns, outgoing } from './outside-sections.ts'
import {
  day,
  everywhere,
  imap,
  lmtp,
  management,
  managesieve,
  pop3,
  queue,
  rates,
  smtp,
  submission,
} from './protocol-sections.ts'
import { reports } from './reports-section.ts'
import { greylist, quarantine } from './strangers-section.ts'
import { trust } from './trust-section.ts'

const server = {
  name: hostName(
    '',
    'Fully qualified name of this server, in greetings and trace fields. Default: the name of the machine.',
  ),
  domains: hostNames(
    'Domains whose mail is kept here; the first is the default one. None: a gateway that relays.',
  ),
  data: text(
    'data',
    'Folder of everything that is kept, from the folder of this file. Made with mode 0700.',
  ),
  postmaster: text(
    '',
    'Address that gets mail for postmaster and abuse of each domain that has no such account. Without it postmaster is the first account of the domain.',
  ),
  trusted_networks: networks(
    loopback,
    'Networks whose clients may relay and use the gateway without login.',
  ),
  proxy_networks: networks(
    [],
    'Networks of proxies in front of the mail and gateway ports: each of their connections must begin with a PROXY header, version 1 or 2, and counts as that of the client it names.',
  ),
}

const store = {
  url: text(
    '',
    'Address of a PostgreSQL database, postgres://USER:PASSWORD@HOST/DATABASE, that keeps everything and that several servers may share. Default: SQLite in the data folder.',
  ),
  url_file: text(
    '',
    'File whose first line is that address, in place of url: it holds a password.',
  ),
  free_min_bytes: integer(
    67_108_864,
    [0, 2 ** 50],
    'With less free room on the disk new mail is refused with 452; an eighth of it is reserved for deletions. 0: never.',
  ),
  sweep_interval_ms: integer(
    3_600_000,
    [0, 7 * day],
    'Between the sweeps that give back the room of deleted mail and compress what is old. 0: never.',
  ),
}

const mailbox = {
  undelete_days: integer(
    14,
    [0, 3650],
    'How long expunged mail can be restored. 0: not at all, and its room is free at once.',
  ),
}

const accounts = {
  scram: flag(
    true,
    'Offer SCRAM-SHA-256, and keep the keys it needs beside the hashes of passwords. Off: keys are erased.',
  ),
  wrong_logins_per_account: integer(
    30,
    [0, 1_000_000],
    'In any hour, beyond which an account hears nobody but trusted networks and where its owner has logged in from; 0 is unlimited. The first 3 cost nothing, each further one takes longer.',
  ),
  wrong_logins_per_network: integer(
    60,
    [0, 1_000_000],
    'The same for one IPv4 address or IPv6 /64, which then may log in to nothing new.',
  ),
  wrong_logins_per_district: integer(300, [0, 1_000_000], 'The same for one IPv4 /24 or IPv6 /48.'),
  token_check_url: privateUrl(
    'Where bearer tokens are checked for OAUTHBEARER and XOAUTH2 (RFC 7662): an https:// address, or http:// on loopback. Empty: they are not offered.',
  ),
  token_check_client: text('', 'Name of this server there.'),
  token_check_secret_file: text('', 'File whose first line is the secret for it.'),
  token_check_claim: text(
    'username',
    'Member of the answer that names the account, by address or as a name of the default domain.',
  ),
  token_check_scope: text('', 'Scope that a token must have. Empty: any.'),
  token_check_timeout_ms: integer(5000, [100, 60_000], 'For one check.'),
}

const tls = {
  client_ca: text(
    '',
    'File with certificates (PEM) of who signs those of clients: a mail address in them logs in by EXTERNAL. Default: clients are not asked for one.',
  ),
  cert: text(
    '',
    'File with the certificate chain (PEM). Default: one made by the server itself, kept in the data folder.',
  ),
  key: text('', 'File with its private key (PEM).'),
}

const gateway = {
  tcp: places([], 'Where JSON messages are taken over TCP; 1239 is the usual port.'),
  tls: places([], 'The same over TLS.'),
  udp: places([], 'The same over UDP, one object a datagram.'),
  http: flag(true, 'Take POST /gateway on the web server.'),
  clear_tokens: flag(false, 'Take tokens on connections that can be overheard.'),
  object_max_bytes: integer(10_485_760, [1024, 2 ** 30], 'Largest JSON object.'),
  idle_timeout_ms: integer(30_000, [100, day], 'Without a byte from the client.'),
  object_timeout_ms: integer(60_000, [100, day], 'For one whole object.'),
  messages_per_minute: integer(
    6000,
    [0, 10_000_000],
    'From one IPv4 address or IPv6 /64; 0 is unlimited.',
  ),
  connections_max: integer(
    2000,
    [1, 100_000],
    'Connections at the same time; the next is told so.',
  ),
  connections_per_client_max: integer(
    50,
    [1, 100_000],
    'The same, from one client outside the trusted networks.',
  ),
  relay_host: text('', 'Next hop for everything the gateway takes; empty delivers here.'),
  relay_port: integer(25, [1, 65_535], 'Port of the next hop.'),
  relay_tls: choice(
    ['none', 'starttls', 'tls'],
    'none',
    'How the way to the next hop is secured; its certificate must then be valid.',
  ),
  relay_user: text('', 'Name for AUTH at the next hop.'),
  relay_password_file: text('', 'File whose first line is the password for it.'),
  relay_timeout_ms: integer(5000, [100, 60_000], 'For the connection to the next hop.'),
  report_url: text(
    '',
    'Web address that is told by POST what became of each relayed message: http://HOST:8080/board/report of the server behind.',
  ),
}

const http = {
  listen: places(everywhere(80), 'Where the web pages are served in clear.'),
  tls_listen: places(everywhere(443), 'The same over TLS.'),
  names: hostNames(
    'Host names under which browsers reach the pages, beside the name of the server.',
  ),
  push_networks: networks(
    [],
    'Networks of our own to which push messages of JMAP may go all the same, also in the clear. Default: only to the outside, over TLS.',
  ),
  metrics_token: text(
    '',
    'Bearer token that lets other machines read /metrics. Default: nobody but this machine.',
  ),
}

const board = {
  name: text('board', 'The board the page shows; mail to NAME@ a domain of ours reaches it.'),
  everything: flag(false, 'Show every message that is accepted: for classrooms and try-outs.'),
  read: choice(['anyone', 'loopback', 'nobody'], 'nobody', "Who may read the page's messages."),
}

const transform = {
  enabled: flag(true, 'Whether messages pass through the program of `command`.'),
  command: texts(
    'Program that gets each message on its standard input and prints what is kept in its place, with its arguments; no shell reads them. None: no transform.',
  ),
  directions: choices(
    ['in', 'out', 'gateway'],
    ['in', 'out', 'gateway'],
    'Which messages: from other servers, of those who logged in, of the message gateway.',
  ),
  domains: hostNames(
    'Only messages to a recipient of these domains (in), or from a sender of them (out, gateway). None: all.',
  ),
  on_failure: choice(
    ['unchanged', 'tempfail', 'quarantine'],
    'tempfail',
    'When the program fails, hangs or prints nothing or too much: deliver the message as it came, have the sender try again (451), or keep it apart.',
  ),
  timeout_ms: integer(30_000, [10, 3_600_000], 'For one message; then the program is killed.'),
  output_max_bytes: integer(20_971_520, [1024, 2 ** 31], 'More than this is not taken from it.'),
  concurrency_max: integer(
    4,
    [1, 1000],
    'Programs at the same time; other messages wait as long as timeout_ms, then hear 451.',
  ),
}

const hooks = {
  folder: text(
    '',
    'Folder of the hooks, TypeScript files that are asked of sessions and messages. Default: `hooks` in the data folder, if there is one.',
  ),
  on_failure: choice(
    ['accept', 'tempfail'],
    'tempfail',
    'When a hook fails or gives no answer in time: go on without it, or have the client try again (451).',
  ),
  timeout_ms: integer(5_000, [10, 600_000], 'For the answer of all hooks to one question.'),
}

const milter = {
  sockets: milterPlaces(
    'Filters that speak the milter protocol, asked in this order: "unix:/run/opendkim.sock", "inet:127.0.0.1:11332".',
  ),
  directions: choices(
    ['in', 'out', 'gateway'],
    ['in', 'out', 'gateway'],
    'Which messages they see: from other servers, of those who logged in, of the message gateway.',
  ),
  on_failure: choice(
    ['accept', 'tempfail', 'reject'],
    'tempfail',
    'When one cannot be reached, takes too long or makes no sense: go on without it, have the sender try again (451), or refuse (550).',
  ),
  connect_timeout_ms: integer(5_000, [10, 600_000], 'For the connection to one.'),
  timeout_ms: integer(
    60_000,
    [10, 3_600_000],
    'For each of its answers; a filter that reports progress has it anew.',
  ),
}

const spam = {
  enabled: flag(
    true,
    'Judge mail from outside: what reaches junk_points goes to Junk, and its trace says why. People teach it by what they move to Junk and out of it.',
  ),
  junk_points: integer(5, [1, 1000], 'From so many points on a message is junk.'),
}

const log = {
  level: choice(
    ['debug', 'info', 'warn', 'error', 'off'],
    'info',
    'The least important lines that are written.',
  ),
  file: text('', 'File for the log lines (JSON), from the data folder. Default: standard output.'),
}

const access_log = {
  enabled: flag(true, 'Keep a line for each message and session; `amplop log` reads them.'),
  file: text('access.log', 'File for these lines (JSON), from the data folder.'),
  rotate_bytes: integer(
    67_108_864,
    [0, 2 ** 40],
    'A file of this size is closed, its name gets the time, and a new one begun. 0: by age only.',
  ),
  rotate_hours: integer(24, [0, 8760], 'The same for its age. 0: by size only.'),
  keep_files: integer(0, [0, 1_000_000], 'How many closed files stay. 0: all.'),
  keep_days: integer(30, [0, 36_500], 'How long closed files stay. 0: for ever.'),
}

/** All of them, by section and name. */
export const sections = {
  server,
  store,
  mailbox,
  accounts,
  smtp,
  submission,
  rates,
  queue,
  lmtp,
  pop3,
  imap,
  managesieve,
  trust,
  greylist,
  quarantine,
  reports,
  backup,
  spam,
  hooks,
  milter,
  transform,
  tls,
  acme,
  dns,
  outgoing,
  gateway,
  http,
  board,
  log,
  access_log,
  management,
}

/** An entry that is missing takes its default; one that is not known is an error. */
export const schema = v.strictObject({
  server: section(server),
  store: section(store),
  mailbox: section(mailbox),
  accounts: section(accounts),
  smtp: section(smtp),
  submission: section(submission),
  lmtp: section(lmtp),
  pop3: section(pop3),
  imap: section(imap),
  managesieve: section(managesieve),
  rates: section(rates),
  queue: section(queue),
  tls: section(tls),
  acme: section(acme),
  dns: section(dns),
  outgoing: section(outgoing),
  gateway: section(gateway),
  http: section(http),
  board: section(board),
  trust: section(trust),
  greylist: section(greylist),
  quarantine: section(quarantine),
  reports: section(reports),
  backup: section(backup),
  spam: section(spam),
  hooks: section(hooks),
  milter: section(milter),
  transform: section(transform),
  log: section(log),
  access_log: section(access_log),
  management: section(management),
})

export type Settings = v.InferOutput<typeof schema>

function section<const T extends v.ObjectEntries>(entries: T) {
  return v.optional(v.strictObject(entries, 'must be a section: [name]'), {} as never)
}

/** The settings of an empty file. */
export function defaults(): Settings {
  return v.parse(schema, {})
}
