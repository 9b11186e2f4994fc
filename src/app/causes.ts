// Why other servers refused a message, for the commands: the same words as in delivery reports.
export { causeOf } from '../delivery/causes.ts'
export { causeIn } from '../delivery/receivers.table.ts'
