import { cpus, release, totalmem, type } from 'node:os'

/** Where and when a run was made. */
export interface Machine {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGB: number
  readonly system: string
  readonly node: string
  readonly mongod: string
}

export const describeMachine = (mongodVersion: string, now = new Date()): Machine => {
  const all = cpus()
  return {
    date: now.toISOString().slice(0, 10),
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    mongod: mongodVersion
  }
}

/** One line. */
export const machineLine = ({ date, cpu, cores, memoryGB, system, node, mongod }: Machine): string =>
  `${date}, ${cores} x ${cpu}, ${memoryGB} GB, ${system}, Node ${node}, mongod ${mongod}`
