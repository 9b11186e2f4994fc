// A hook: who was never heard of is asked to come again, who shouts is told to be quiet, and every
// message says how large it is. Put into the folder `hooks` in the data folder.
import type { Hooks } from 'amplop/hooks'

const shortMs = 1_000
const knownMax = 10_000
/** When each sender was first heard of. Gone at a restart: those after it are asked once more. */
const heard = new Map<string, number>()

export const hooks: Hooks = {
  hello({ client }) {
    if (client.hello === 'localhost') return { is: 'refuse', text: 'You are not me' }
  },

  rcpt({ client, recipient }) {
    if (client.login !== '' || client.trusted) return { is: 'accept' }
    const key = `${client.address} ${recipient}`
    const first = heard.get(key) ?? Date.now()
    if (heard.size < knownMax) heard.set(key, first)
    if (Date.now() - first < shortMs) return { is: 'defer', text: 'Greylisted, come again' }
  },

  async message({ subject, size }) {
    if (/^[A-Z !]{12,}$/.test(subject)) return { is: 'refuse', text: 'No need to shout' }
    return { is: 'annotate', note: `${size} bytes`, fields: { 'X-Size': String(size) } }
  },
}
