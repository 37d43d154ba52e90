import { readFileSync } from 'node:fs'

/** The URI of the one real mongod that `test/start-mongod.ts` started for this run of tap. Each test takes a database of its own in it. */
export const mongodbUri = (): string => {
  const { uri } = JSON.parse(readFileSync(`node_modules/.cache/noclobber-test/${process.ppid}.json`, 'utf8')) as { uri: string }
  return uri
}
