// The settings of a mail program in the forms that programs ask for. Pure; whatever comes from a
// request is escaped.
import { createHash } from 'node:crypto'

export interface Ways {
  /** The host of all of them. */
  readonly server: string
  /** Ports with TLS from the first byte; undefined where there is none. */
  readonly imaps: number | undefined
  readonly pop3s: number | undefined
  readonly submissions: number | undefined
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)
}

/** Thunderbird's format, which others read as well: config-v1.1. */
export function thunderbird(domain: string, ways: Ways): string {
  const { server } = ways
  const entry = (kind: string, type: string, port: number | undefined) =>
    port === undefined
      ? ''
      : `    <${kind} type="${type}">
      <hostname>${escaped(server)}</hostname>
      <port>${port}</port>
      <socketType>SSL</socketType>
      <authentication>password-cleartext</authentication>
      <username>%EMAILADDRESS%</username>
    </${kind}>
`
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${escaped(domain)}">
    <domain>${escaped(domain)}</domain>
    <displayName>${escaped(domain)}</displayName>
    <displayShortName>${escaped(domain)}</displayShortName>
${entry('incomingServer', 'imap', ways.imaps)}${entry('incomingServer', 'pop3', ways.pop3s)}${entry('outgoingServer', 'smtp', ways.submissions)}  </emailProvider>
</clientConfig>
`
}

const outlookSchema =
  'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'

/** Outlook's answer for an account that is not on Exchange. */
export function outlook(address: string, ways: Ways): string {
  const entry = (type: string, port: number | undefined) =>
    port === undefined
      ? ''
      : `      <Protocol>
        <Type>${type}</Type>
        <Server>${escaped(ways.server)}</Server>
        <Port>${port}</Port>
        <LoginName>${escaped(address)}</LoginName>
        <SSL>on</SSL>
        <SPA>off</SPA>
        <AuthRequired>on</AuthRequired>
      </Protocol>
`
  return `<?xml version="1.0" encoding="UTF-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="${outlookSchema}">
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
${entry('IMAP', ways.imaps)}${entry('POP3', ways.pop3s)}${entry('SMTP', ways.submissions)}    </Account>
  </Response>
</Autodiscover>
`
}

/** A profile for Apple's programs: they ask for the password themselves. */
export function apple(address: string, ways: Ways): string {
  const id = createHash('sha256').update(`${address} ${ways.server}`).digest('hex')
  const uuid = [
    id.slice(0, 8),
    id.slice(8, 12),
    id.slice(12, 16),
    id.slice(16, 20),
    id.slice(20, 32),
  ]
  const reversed = ways.server.split('.').reverse().join('.')
  const text = (key: string, value: string) =>
    `      <key>${key}</key><string>${escaped(value)}</string>`
  const server = (
    kind: 'Incoming' | 'Outgoing',
    port: number,
  ) => `      <key>${kind}MailServerAuthentication</key><string>EmailAuthPassword</string>
${text(`${kind}MailServerHostName`, ways.server)}
      <key>${kind}MailServerPortNumber</key><integer>${port}</integer>
      <key>${kind}MailServerUseSSL</key><true/>
${text(`${kind}MailServerUsername`, address)}`
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
  <key>PayloadContent</key>
  <array>
    <dict>
${text('EmailAccountDescription', address)}
${text('EmailAccountType', ways.imaps === undefined ? 'EmailTypePOP' : 'EmailTypeIMAP')}
${text('EmailAddress', address)}
${server('Incoming', ways.imaps ?? ways.pop3s ?? 993)}
${server('Outgoing', ways.submissions ?? 465)}
      <key>OutgoingPasswordSameAsIncomingPassword</key><true/>
${text('PayloadDisplayName', address)}
${text('PayloadIdentifier', `${reversed}.mail`)}
      <key>PayloadType</key><string>com.apple.mail.managed</string>
${text('PayloadUUID', uuid.join('-'))}
      <key>PayloadVersion</key><integer>1</integer>
    </dict>
  </array>
${text('PayloadDisplayName', address)}
${text('PayloadIdentifier', reversed)}
  <key>PayloadType</key><string>Configuration</string>
${text(
  'PayloadUUID',
  uuid
    .toReversed()
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
)}
  <key>PayloadVersion</key><integer>1</integer>
</dict></plist>
`
}

/** RFC 8461 §3.2: mail for our domains comes to this server, over TLS that can be verified. */
export function stsPolicy(server: string): string {
  return `version: STSv1\r\nmode: enforce\r\nmx: ${server}\r\nmax_age: 604800\r\n`
}
