// The connections of an HTTP server, and what they carried. Knows no request.
import type { Socket } from 'node:net'
import { Tally } from '../base/tally.ts'
import type { HttpAnswer, HttpCounters } from './http-types.ts'

export class HttpTraffic implements HttpCounters {
  accepted = 0
  refused = 0
  readonly tally = new Tally()
  readonly #sockets = new Set<Socket>()
  #pastIn = 0
  #pastOut = 0

  get connections(): number {
    return this.#sockets.size
  }
  get bytesIn(): number {
    let sum = this.#pastIn
    for (const socket of this.#sockets) sum += socket.bytesRead
    return sum
  }
  get bytesOut(): number {
    let sum = this.#pastOut
    for (const socket of this.#sockets) sum += socket.bytesWritten
    return sum
  }

  open(socket: Socket): void {
    this.accepted++
    this.#sockets.add(socket)
  }

  /** A connection that was turned away counts as come, too. */
  refuse(): void {
    this.accepted++
    this.refused++
    this.tally.refused('too-many-connections')
  }

  close(socket: Socket): void {
    if (!this.#sockets.delete(socket)) return
    this.#pastIn += socket.bytesRead
    this.#pastOut += socket.bytesWritten
  }

  answered({ status, body }: HttpAnswer, ms: number): void {
    const streams = typeof body === 'object' && Symbol.asyncIterator in body
    if (!streams) this.tally.commandMs.observe(ms)
    if (status >= 400) this.tally.refused(`http-${status}`)
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
