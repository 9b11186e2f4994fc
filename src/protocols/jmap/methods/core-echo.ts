// Core/echo, RFC 8620 §4.
import type { Method } from '../call.ts'
import { core } from '../capabilities.ts'

export const coreEcho: Method = {
  name: 'Core/echo',
  capability: core,
  run: async (args) => args.given,
}
