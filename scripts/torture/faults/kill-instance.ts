import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.js'

/** SIGKILL of an instance of the service in the middle of its requests; it is started again. */
export const killInstance: Fault = {
  lasts: [50, 1_000],
  holds: ['instances'],
  deposes: false,
  inject: async ({ instances }, ms, random) => {
    const instance = instances[random.int(instances.length)]
    await instance?.kill()
    await sleep(ms)
    await instance?.start()
    return instance?.name ?? ''
  }
}
