// The few numbers that old management clients ask for: of the ports that take mail by SMTP, since
// the start.

export interface Statistics {
  /** Connections that came. */
  total(): number
  /** Connections that are open. */
  current(): number
  /** In both directions. */
  bytes(): number
  /** Messages accepted. */
  mails(): number
}
