// A stretch of wire between a browser and a server that can be cut and mended.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Cleanup } from './places.ts'

export class Cuttable {
  /** Where to connect instead, on loopback. */
  port = 0
  readonly #to: number
  readonly #ends = new Set<Socket>()
  readonly #server = createServer((near) => this.#join(near))
  #whole = true

  private constructor(to: number) {
    this.#to = to
  }

  static async open(test: Cleanup, to: number): Promise<Cuttable> {
    const wire = new Cuttable(to)
    wire.#server.listen(0, '127.0.0.1')
    await once(wire.#server, 'listening')
    wire.port = (wire.#server.address() as AddressInfo).port
    test.after(() => {
      wire.cut()
      wire.#server.close()
    })
    return wire
  }

  /** Every connection breaks; those that are tried meanwhile break at once. */
  cut(): void {
    this.#whole = false
    for (const end of this.#ends) end.destroy()
  }

  mend(): void {
    this.#whole = true
  }

  #join(near: Socket): void {
    if (!this.#whole) return void near.destroy()
    const far = connect(this.#to, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#ends.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        this.#ends.delete(end)
        other.destroy()
      })
    }
  }
}
