// The doctor: looks at a domain from outside as other servers do, and says what is there and what
// should be. Knows the checks; words are in a table.
import type { Check, Finding, Instruments, Patient } from './check.ts'
import { certificateCheck, clockCheck, portCheck, resolverCheck } from './host-checks.ts'
import { addressCheck, blocklistCheck, mxCheck, ptrCheck } from './name-checks.ts'
import {
  autoconfigCheck,
  caaCheck,
  dkimCheck,
  dmarcCheck,
  spfCheck,
  srvCheck,
  stsCheck,
  tlsaCheck,
  tlsrptCheck,
} from './policy-checks.ts'
import { refusalCheck } from './refusal-check.ts'
import type { CheckName } from './texts.table.ts'

const checks: Readonly<Record<CheckName, Check>> = {
  resolver: resolverCheck,
  address: addressCheck,
  mx: mxCheck,
  ptr: ptrCheck,
  spf: spfCheck,
  dkim: dkimCheck,
  dmarc: dmarcCheck,
  'mta-sts': stsCheck,
  tlsrpt: tlsrptCheck,
  tlsa: tlsaCheck,
  srv: srvCheck,
  autoconfig: autoconfigCheck,
  caa: caaCheck,
  'port-25': portCheck,
  blocklists: blocklistCheck,
  refusals: refusalCheck,
  clock: clockCheck,
  certificate: certificateCheck,
}

/** All checks, at the same time, in the order in which they are mended best. */
export async function examine(
  patient: Patient,
  instruments: Instruments,
): Promise<readonly Finding[]> {
  const found = Object.entries(checks).map(async ([name, check]) => ({
    check: name as CheckName,
    ...(await check(patient, instruments)),
  }))
  return Promise.all(found)
}
