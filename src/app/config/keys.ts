// Every setting by its key, for documentation and commands, and what each key is like: whether it
// changes at once, where it may be set, whether it may be shown.
import * as v from 'valibot'
import { type Settings, sections } from './schema.ts'

/** "smtp.listen" */
export type Key = {
  [S in keyof Settings]: `${S}.${keyof Settings[S] & string}`
}[keyof Settings]

/** In force as soon as they are set, for new connections and commands; the others after a start. */
export const liveKeys: ReadonlySet<string> = new Set<Key>([
  'server.trusted_networks',
  'server.proxy_networks',
  'smtp.size_max_bytes',
  'smtp.recipients_max',
  'smtp.lenient',
  'smtp.command_timeout_ms',
  'smtp.data_min_bytes_per_second',
  'smtp.errors_max',
  'smtp.idle_commands_max',
  'smtp.xclient_networks',
  'smtp.verify',
  'smtp.connections_max',
  'smtp.connections_per_client_max',
  'pop3.exclusive',
  'pop3.login_delay_ms',
  'pop3.command_timeout_ms',
  'pop3.errors_max',
  'pop3.connections_max',
  'pop3.connections_per_client_max',
  'imap.size_max_bytes',
  'imap.login_timeout_ms',
  'imap.idle_timeout_ms',
  'imap.data_min_bytes_per_second',
  'imap.messages_max',
  'imap.saves_max',
  'imap.errors_max',
  'imap.connections_max',
  'imap.connections_per_client_max',
  'managesieve.command_timeout_ms',
  'managesieve.errors_max',
  'managesieve.connections_max',
  'managesieve.connections_per_client_max',
  'queue.lifetime_hours',
  'queue.warn_after_hours',
  'queue.retry_minutes',
  'queue.attempts_max',
  'queue.attempts_per_destination_max',
  'queue.attempts_per_destination_per_minute',
  'gateway.clear_tokens',
  'gateway.object_max_bytes',
  'gateway.idle_timeout_ms',
  'gateway.object_timeout_ms',
  'gateway.messages_per_minute',
  'gateway.connections_max',
  'gateway.connections_per_client_max',
  'http.metrics_token',
  'board.read',
  'trust.enabled',
  'trust.on_reject',
  'trust.on_quarantine',
  'trust.one_from',
  'trust.blocklists',
  'trust.allowlists',
  'trust.exempt_domains',
  'trust.arc_sealers',
  'greylist.enabled',
  'greylist.delay_seconds',
  'greylist.window_hours',
  'greylist.keep_days',
  'quarantine.rejected_days',
  'quarantine.rejected_max',
  'reports.send_dmarc',
  'reports.send_tls',
  'reports.address',
  'hooks.on_failure',
  'hooks.timeout_ms',
  'milter.sockets',
  'milter.directions',
  'milter.on_failure',
  'milter.connect_timeout_ms',
  'milter.timeout_ms',
  'transform.enabled',
  'transform.command',
  'transform.directions',
  'transform.domains',
  'transform.on_failure',
  'transform.timeout_ms',
  'transform.output_max_bytes',
  'transform.concurrency_max',
  'outgoing.private_networks',
  'log.level',
  'access_log.enabled',
  'access_log.file',
  'access_log.rotate_bytes',
  'access_log.rotate_hours',
  'access_log.keep_files',
  'access_log.keep_days',
  'management.token',
  'management.xstat',
])

/** Where the others are found, and so set in the settings file alone. */
export const fileOnlyKeys: ReadonlySet<string> = new Set<Key>([
  'server.data',
  'store.url',
  'store.url_file',
  'log.file',
  'backup.folder',
])

/** Never shown. */
export const secretKeys: ReadonlySet<string> = new Set<Key>([
  'store.url',
  'http.metrics_token',
  'management.token',
])

/** Relative ones count from the folder of the file that names them. */
export const pathKeys: ReadonlySet<string> = new Set<Key>([
  'tls.cert',
  'tls.key',
  'tls.client_ca',
  'acme.ca',
  'acme.external_key_file',
  'accounts.token_check_secret_file',
  'gateway.relay_password_file',
  'outgoing.tls_ca',
  'hooks.folder',
  'access_log.file',
])

export interface DocumentedKey {
  /** "smtp.listen" */
  readonly key: string
  readonly fallback: unknown
  readonly doc: string
}

/** Every key, in order, for documentation and `config list`. */
export function documentedKeys(): readonly DocumentedKey[] {
  return Object.entries(sections).flatMap(([section, entries]) =>
    Object.entries(entries).map(([name, entry]) => ({
      key: `${section}.${name}`,
      fallback: entry.default,
      doc: v.getDescription(entry.wrapped) ?? '',
    })),
  )
}
