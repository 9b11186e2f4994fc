// Stands between an engine and its server, on a Unix socket, and cuts the connection at a word.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from './places.ts'

/** What is done when the client says the word: the server hears it, or not; the client no more. */
export type Cut = 'after it was heard' | 'before it was heard'

export class CuttingProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #frozen = new WeakSet<Socket>()
  readonly #folder = mkdtempSync(join(tmpdir(), 'amplop-cut-'))
  #word: { readonly text: string; readonly cut: Cut } | undefined
  cuts = 0

  constructor(test: Cleanup, serverFolder: string) {
    this.#server = createServer((client) => this.#join(client, serverFolder))
    this.#server.listen(join(this.#folder, '.s.PGSQL.5432'))
    test.after(() => {
      this.#server.close()
      for (const socket of this.#sockets) socket.destroy()
      rmSync(this.#folder, { recursive: true, force: true })
    })
  }

  /** A server's address, by way of this proxy. */
  url(address: string): string {
    return address.replace(/host=[^&]*/, `host=${encodeURIComponent(this.#folder)}`)
  }

  /** Cuts the next connection that says it, once. */
  cutAt(text: string, cut: Cut): void {
    this.#word = { text, cut }
  }

  /** What is connected now hears nothing any more, and is not told so. */
  freeze(): void {
    for (const socket of this.#sockets) this.#frozen.add(socket)
  }

  /** Cuts everything that is connected now. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(client: Socket, serverFolder: string): void {
    const server = new Socket().connect(join(serverFolder, '.s.PGSQL.5432'))
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
    }
    server.on('data', (bytes) => {
      if (!this.#frozen.has(client)) client.write(bytes)
    })
    server.on('close', () => client.destroy())
    client.on('close', () => server.end())
    client.on('data', (bytes) => {
      if (this.#frozen.has(client)) return
      const word = this.#word
      if (!word || !bytes.includes(word.text)) server.write(bytes)
      else {
        this.#word = undefined
        this.cuts++
        if (word.cut === 'after it was heard') server.end(bytes)
        client.destroy()
      }
    })
  }
}
