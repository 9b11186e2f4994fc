// An IMAP account that is dialled again when its connection is lost: whoever reads from it sees one
// long conversation. Knows no mail.
import { type ImapClient, ImapLost, type ImapResponse, quoted } from './imap-client.ts'

export interface ImapAccountPorts {
  /** Connects and logs in. */
  readonly dial: () => Promise<ImapClient>
  readonly pause: (ms: number) => Promise<unknown>
}

/** Before each try, in a row without a response between them. */
const pausesMs = [0, 1_000, 5_000, 15_000, 30_000]

export class ImapAccount {
  readonly #ports: ImapAccountPorts
  #client: ImapClient
  #open: { readonly name: string; readonly validity: string } | undefined
  #lost = 0

  private constructor(ports: ImapAccountPorts, client: ImapClient) {
    this.#ports = ports
    this.#client = client
  }

  /** The first connection is tried once: what is wrong with it is mostly wrong for good. */
  static async open(ports: ImapAccountPorts): Promise<ImapAccount> {
    return new ImapAccount(ports, await ports.dial())
  }

  get capabilities(): ReadonlySet<string> {
    return this.#client.capabilities
  }

  /** All responses to a command that may be given twice. @throws ImapRefused, ImapLost */
  async ask(command: string): Promise<ImapResponse[]> {
    for (;;) {
      try {
        const responses = await this.#client.ask(command)
        this.#lost = 0
        return responses
      } catch (error) {
        await this.#again(error)
      }
    }
  }

  /** Opens a mailbox for reading; it stays open over lost connections. */
  async examine(name: string): Promise<void> {
    this.#open = undefined
    this.#open = { name, validity: validityIn(await this.ask(`EXAMINE ${quoted(name)}`)) }
  }

  /**
   * Responses one by one. `command` is asked for what is to be said, at first and after each loss:
   * what is still missing, or undefined for nothing. @throws ImapRefused, ImapLost
   */
  async *each(command: () => string | undefined): AsyncGenerator<ImapResponse> {
    for (;;) {
      const said = command()
      if (said === undefined) return
      try {
        for await (const response of this.#client.each(said)) {
          this.#lost = 0
          yield response
        }
        return
      } catch (error) {
        await this.#again(error)
      }
    }
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  /** A new connection in place of a lost one. @throws what is no loss, or the last one of many */
  async #again(cause: unknown): Promise<void> {
    let error = cause
    while (error instanceof ImapLost) {
      const pauseMs = pausesMs[this.#lost++]
      if (pauseMs === undefined) break
      await this.#ports.pause(pauseMs)
      try {
        await this.#redial()
        return
      } catch (failure) {
        error = failure
      }
    }
    throw error
  }

  async #redial(): Promise<void> {
    this.#client.end()
    this.#client = await this.#ports.dial()
    if (!this.#open) return
    const { name, validity } = this.#open
    // RFC 9051 §2.3.1.1: under another UIDVALIDITY the numbers mean other messages.
    if (validityIn(await this.#client.ask(`EXAMINE ${quoted(name)}`)) !== validity)
      throw new Error(`mailbox ${name} was made anew meanwhile: run the import again`)
  }
}

function validityIn(responses: readonly ImapResponse[]): string {
  const told = responses.map(({ text }) => /\[UIDVALIDITY (\d+)\]/i.exec(text)?.[1])
  return told.find((one) => one !== undefined) ?? ''
}
