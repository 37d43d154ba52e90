import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { LoadError } from '../load/load-error.js'
import type { Answer, Job, WorkerSample } from './sample.js'

/** A process that does jobs, one after the other. */
export interface Worker {
  readonly pid: number
  ask(job: Job): Promise<void>
  /** Runs one measure once. Throws LoadError where an answer isn't the one that is measured. */
  run(job: Extract<Job, { kind: 'run' }>): Promise<WorkerSample>
  stop(): Promise<void>
}

/** Starts a file of this folder as a worker, with `env` beside this process's own environment. */
export const startWorker = (file: string, env: Readonly<Record<string, string>> = {}): Worker => {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: ['--import', 'tsx'], env: { ...process.env, NODE_ENV: 'production', ...env } })
  const { pid } = child
  if (pid === undefined) throw new LoadError(`${file} could not be started`)
  const ended = once(child, 'exit')
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  const answer = async (job: Job): Promise<WorkerSample | undefined> => {
    const answered = new Promise<Answer>((resolve) => child.once('message', (message: Answer) => resolve(message)))
    child.send(job)
    const result = await Promise.race([answered, ended.then((): Answer => ({ failure: `${file} ended` }))])
    if ('failure' in result) throw new LoadError(`${job.contender}, ${job.kind === 'run' ? job.measure : job.kind}: ${result.failure}`)
    return result.sample
  }
  return {
    pid,
    ask: async (job) => {
      await answer(job)
    },
    run: async (job) => {
      const sample = await answer(job)
      if (sample === undefined) throw new LoadError(`${file} answered ${job.measure} without a sample`)
      return sample
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      process.off('exit', kill)
    }
  }
}

/** For the worker's side: does the jobs that the parent process sends. */
export const doJobs = (work: (job: Job) => Promise<WorkerSample | undefined>): void => {
  process.on('message', (job: Job) => {
    const answered: Promise<Answer> = work(job).then((sample) => sample === undefined ? {} : { sample }, (error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }))
    void answered.then((answer) => process.send?.(answer))
  })
  process.once('disconnect', () => process.exit())
}
