// A command about one account of a running server: its address is the first word.
import { AdminClient, serverMore, serverOptions } from './admin-client.ts'
import { command, type Given, type Options } from './command.ts'

export function accountCommand<const O extends Options>(row: {
  readonly name: string
  readonly summary: string
  /** Behind the address. */
  readonly words?: readonly string[]
  readonly options: O
  /** Before what is said of servers. */
  readonly more?: string
  readonly run: (server: AdminClient, words: readonly string[], given: Given<O>) => Promise<void>
}) {
  const { name, summary, words = [], options, more, run } = row
  return command({
    ...{ name, summary, words: ['ADDRESS', ...words] },
    more: more === undefined ? serverMore : `${more}\n\n${serverMore}`,
    options: { ...serverOptions, ...options },
    run: async (given, all) => {
      const server = await AdminClient.of(given as Given<typeof serverOptions>)
      await run(server, all, given as Given<O>)
      return 0
    },
  })
}
