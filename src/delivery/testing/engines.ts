// Both engines, for tests of protocols, which do not know the store.
export { everyEngine } from '../../store/testing/engines.ts'
