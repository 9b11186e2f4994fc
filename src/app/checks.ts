// Everybody who may object to a message before it is filed, in their order.
import type { Log } from '../base/log.ts'
import type { Check } from '../delivery/checks/check.ts'
import { Transform } from '../delivery/checks/transform.ts'
import type { Settings } from './config/schema.ts'

/** `settings` is asked for each message anew. */
export function checksOf(settings: () => Settings, log: Log): readonly Check[] {
  const transform = () => {
    const { enabled, command, directions, domains, ...rest } = settings().transform
    return {
      ...{ enabled, command, directions, domains },
      onFailure: rest.on_failure,
      timeoutMs: rest.timeout_ms,
      outputMaxBytes: rest.output_max_bytes,
      concurrencyMax: rest.concurrency_max,
    }
  }
  return [new Transform(transform, log)]
}
