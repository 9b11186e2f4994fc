// `amplop try`: its words and options. What it runs is loaded when it runs.
import { command } from './command.ts'

export const tryCommand = command({
  name: 'try',
  summary: 'a throw-away but complete mail system on this machine; nothing leaves it',
  options: {
    data: {
      type: 'string',
      short: 'd',
      value: 'DIR',
      doc: 'keep the mail there, for the next time',
    },
    'port-offset': {
      type: 'string',
      short: 'p',
      value: 'N',
      doc: 'listen on 25+N, 587+N, 465+N, 1239+N, 8080+N',
    },
    domain: { type: 'string', multiple: true, value: 'DOMAIN', doc: 'in place of example.com' },
    user: {
      type: 'string',
      short: 'u',
      multiple: true,
      value: 'NAME[:PASSWORD]',
      doc: 'in place of tito and iqbal; without a password it is "amplop"',
    },
    without: {
      type: 'string',
      multiple: true,
      value: 'RECORD',
      doc: 'do not publish "spf", "dkim" or "dmarc" in the practice Internet',
    },
  },
  more: 'Ports without --port-offset: 2525, 2587, 2465, 1239, 8080. Ctrl-C stops it.',
  run: async (given) => {
    const { tryNow } = await import('./try-now.ts')
    return await tryNow({
      data: given.data,
      portOffset: given['port-offset'],
      domains: given.domain,
      users: given.user,
      without: given.without,
    })
  },
})
