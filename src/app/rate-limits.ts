// The rates of the settings, as delivery wants them.
import type { RateLimits } from '../delivery/rates.ts'
import type { Settings } from './config/schema.ts'

type Prefix =
  | 'account_messages'
  | 'account_recipients'
  | 'network_messages'
  | 'network_recipients'
  | 'recipient_messages'

export function rateLimits({ rates }: Settings): RateLimits {
  const pace = (prefix: Prefix) => ({
    perMinute: rates[`${prefix}_per_minute`],
    perHour: rates[`${prefix}_per_hour`],
    perDay: rates[`${prefix}_per_day`],
  })
  return {
    accountMessages: pace('account_messages'),
    accountRecipients: pace('account_recipients'),
    networkMessages: pace('network_messages'),
    networkRecipients: pace('network_recipients'),
    recipientMessages: pace('recipient_messages'),
  }
}
