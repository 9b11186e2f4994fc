// `amplop setup`: a server for the domain of an address: settings, first account, records.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { loadConfig } from '../app/config/load.ts'
import { firstAddress, makeFirst } from '../app/first-account.ts'
import { patientOf } from '../app/outside-checks/instruments.ts'
import { reportLines } from '../app/outside-checks/report.ts'
import { filled, frameTexts } from '../app/outside-checks/texts.table.ts'
import { wantedRecords, zoneText } from '../app/outside-checks/wanted-records.ts'
import { configOption } from './check.ts'
import { command, Failed, Misused } from './command.ts'
import { addressesIn, examineNow, outsideOptions } from './doctor.ts'
import { languageOf, languageOption } from './language.ts'
import { askPassword, passwordOptions } from './password.ts'
import { printLine } from './print.ts'
import { setupTexts } from './setup.table.ts'

export const setup = command({
  name: 'setup',
  summary: 'make a server for the domain of an address, and say what to publish',
  words: ['ADDRESS'],
  options: {
    ...configOption,
    data: {
      type: 'string',
      short: 'd',
      value: 'DIR',
      doc: 'the data folder, from that of the settings file; without it "data"',
    },
    name: {
      type: 'string',
      short: 'n',
      value: 'HOST',
      doc: 'the name of this server; without it mail.DOMAIN',
    },
    ...passwordOptions,
    ...outsideOptions,
    ...languageOption,
    acme: {
      type: 'boolean',
      doc: "get the certificate from Let's Encrypt, which agrees to its terms",
    },
    'no-check': { type: 'boolean', doc: 'do not look at the DNS and the network' },
  },
  more: 'ADDRESS becomes the first account. A settings file that is there is not changed.',
  run: async (given, [written = '']) => {
    const { config = 'amplop.toml', name, data = 'data', ip = [], zone, lang } = given
    const acme = given.acme === true
    const words = setupTexts[languageOf(lang)]
    const first = firstAddress(written)
    if (!first) throw new Misused(`"${written}" is no address: NAME@DOMAIN`)
    const { address, domain } = first
    const addresses = addressesIn(ip)
    const made = !existsSync(config)
    if (made) writeSettings(config, { domain, name: name ?? `mail.${domain}`, data, address, acme })
    const settings = loadConfig(config)
    if (!settings.server.domains.includes(domain))
      throw new Failed(`${config} is there already, and is not for ${domain}`)
    const password = await askPassword(given['password-stdin'] === true)
    const { made: isNew, dkim } = await makeFirst(settings, address, password)
    printLine(filled(made ? words.made : words.kept, { file: resolve(config) }))
    printLine(filled(isNew ? words.account : words.accountKept, { address }))
    const language = languageOf(lang)
    const patient = { ...patientOf(settings, domain, addresses), dkim, refusals: [] }
    const { certificate, certified, ...published } = patient
    printLine(`\n${frameTexts[language].records}\n`)
    const records = wantedRecords({ ...published, ...(certified ? { certificate } : {}) })
    printLine(zoneText(records))
    if (!given['no-check']) {
      printLine('')
      const findings = await examineNow(settings, patient, zone)
      for (const line of reportLines(findings, patient, language)) printLine(line)
    }
    printLine(`\n${filled(words.next, { file: config })}`)
    return 0
  },
})

interface NewSettings {
  readonly domain: string
  readonly name: string
  readonly data: string
  readonly address: string
  readonly acme: boolean
}

function writeSettings(file: string, { domain, name, data, address, acme }: NewSettings): void {
  mkdirSync(dirname(resolve(file)), { recursive: true })
  const off = acme ? '' : '# '
  const text = `# Settings of Amplop; "amplop check" reads them, docs/config.md lists them all.
[server]
name = ${JSON.stringify(name)}
domains = [${JSON.stringify(domain)}]
data = ${JSON.stringify(data)}
postmaster = ${JSON.stringify(address)}

# A certificate that others know, from Let's Encrypt, to whose terms this agrees:
${off}[acme]
${off}enabled = true

# Or files of your own:
# [tls]
# cert = "/etc/ssl/mail/fullchain.pem"
# key = "/etc/ssl/mail/privkey.pem"
`
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
}
