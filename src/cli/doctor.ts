// `amplop doctor`: how others see a domain, and what to mend.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { loadConfig } from '../app/config/load.ts'
import type { Settings } from '../app/config/schema.ts'
import type { Trace } from '../app/new-traces.ts'
import type { Patient } from '../app/outside-checks/check.ts'
import { examine } from '../app/outside-checks/doctor.ts'
import { instrumentsOf, patientOf } from '../app/outside-checks/instruments.ts'
import { refusalsIn } from '../app/outside-checks/refusal-check.ts'
import { reportLines, told } from '../app/outside-checks/report.ts'
import { dkimRecords } from '../app/outside-checks/wanted-records.ts'
import { AdminClient, jsonOption } from './admin-client.ts'
import { configOption } from './check.ts'
import { command, Failed, Misused, type Options } from './command.ts'
import { languageOf, languageOption } from './language.ts'
import { printJson, printLine } from './print.ts'

export const outsideOptions = {
  ip: {
    type: 'string',
    multiple: true,
    value: 'ADDRESS',
    doc: 'a public address of this machine, where it has others itself',
  },
  zone: {
    type: 'string',
    value: 'FILE',
    doc: 'look at this zone file in place of the DNS',
  },
} as const satisfies Options

export const doctor = command({
  name: 'doctor',
  summary: 'look at a domain as other servers do, and say what to mend',
  words: ['[DOMAIN]'],
  options: { ...configOption, ...outsideOptions, ...languageOption, ...jsonOption },
  more: 'The exit status is 1 when something is wrong. Nothing is changed.',
  run: async ({ config = 'amplop.toml', ip = [], zone, lang, json }, [given]) => {
    const language = languageOf(lang)
    const settings = loadConfig(config)
    const domain = (given ?? settings.server.domains[0] ?? '').toLowerCase()
    if (domain === '') throw new Misused('the settings name no domain: name one')
    nameOf(settings)
    const known = await knownBy(settings, domain)
    const patient = { ...patientOf(settings, domain, addressesIn(ip)), ...known }
    const findings = await examineNow(settings, patient, zone)
    if (json) printJson(findings.map((one) => told(one, patient, language)))
    else for (const line of reportLines(findings, patient, language)) printLine(line)
    return findings.some(({ state }) => state === 'bad') ? 1 : 0
  },
})

/** What only the running server knows; nothing where none runs, or the domain is not its own. */
async function knownBy({ server }: Settings, domain: string): Promise<Partial<Patient>> {
  const client = await AdminClient.of({ data: server.data })
  try {
    const keys = await client.ask<Key[]>('GET', `/dkim/${encodeURIComponent(domain)}`)
    const traces = await client.ask<Trace[]>('GET', `/traces?limit=${tracesLooked}`)
    return { dkim: dkimRecords(keys), refusals: refusalsIn(traces) }
  } catch (error) {
    if (error instanceof Failed) return {}
    throw error
  }
}

type Key = Parameters<typeof dkimRecords>[0][number]

const tracesLooked = 500

/** `zone`: a file to look at in place of the DNS. */
export function examineNow(settings: Settings, patient: Patient, zone: string | undefined) {
  const text = zone === undefined ? undefined : readFileSync(zone, 'utf8')
  return examine(patient, instrumentsOf(settings, text))
}

/** @throws Misused */
export function nameOf({ server }: Settings): string {
  if (server.name === '') throw new Misused('the settings do not say server.name')
  return server.name
}

/** @throws Misused */
export function addressesIn(given: readonly string[]): readonly string[] {
  const wrong = given.find((one) => isIP(one) === 0)
  if (wrong !== undefined) throw new Misused(`--ip is an IP address, not "${wrong}"`)
  return given
}
