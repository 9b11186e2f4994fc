// What hooks are told and may answer: published as `amplop/hooks`, so it imports nothing and
// changes as the settings do, by additions.

/** Who is speaking, as far as it is known by then. */
export interface HookClient {
  /** The session's id in the log. */
  readonly session: string
  readonly protocol: string
  /** IPv4 or IPv6. */
  readonly address: string
  readonly port: number
  /** The EHLO argument as said, or "". */
  readonly hello: string
  /** "TLSv1.3", or "". */
  readonly tls: string
  /** The address of the account that logged in, or "". */
  readonly login: string
  /** In a trusted network. */
  readonly trusted: boolean
}

export interface ClientEvent {
  readonly client: HookClient
}

export interface MailEvent extends ClientEvent {
  /** The id of the message to come, in log and trace. */
  readonly id: string
  /** "ana@example.net"; "" is the null sender of bounces. */
  readonly sender: string
}

export interface RcptEvent extends ClientEvent {
  readonly id: string
  readonly recipient: string
}

export interface MessageEvent extends MailEvent {
  /** From another server, of one of ours who logged in, or by the gateway. */
  readonly direction: 'in' | 'out' | 'gateway'
  readonly recipients: readonly string[]
  /** In bytes. */
  readonly size: number
  /** Decoded. */
  readonly subject: string
  /** The first 200 header fields: names in lower case, values as they are but unfolded. */
  readonly header: readonly { readonly name: string; readonly value: string }[]
  /** Its plain text, decoded: at most 64 Ki characters from its first MiB. */
  readonly text: string
}

export type HookAnswer =
  /** Fine, and no other file is asked. */
  | { readonly is: 'accept' }
  /** Refused for good (550), in these words: printable ASCII, one line. */
  | { readonly is: 'refuse'; readonly text?: string }
  /** Not now (451). */
  | { readonly is: 'defer'; readonly text?: string }
  /** Goes on, with a note in the message's trace and header fields before its text. */
  | {
      readonly is: 'annotate'
      readonly note?: string
      readonly fields?: Readonly<Record<string, string>>
    }

/** Nothing: no opinion. */
type Answered = HookAnswer | undefined | Promise<HookAnswer | undefined>

/** What a file in the folder of hooks exports: `export const hooks: Hooks = { … }`. */
export interface Hooks {
  /** A client is there; asked when it greets. A refusal shows it out. */
  connect?(event: ClientEvent): Answered
  /** It greeted, for the first time or again. */
  hello?(event: ClientEvent): Answered
  /** It gave the right password. */
  auth?(event: ClientEvent): Answered
  mail?(event: MailEvent): Answered
  /** A recipient that there is. */
  rcpt?(event: RcptEvent): Answered
  /** The whole message, before it is filed and the client hears 250. */
  message?(event: MessageEvent): Answered
}

export type HookStage = keyof Hooks
