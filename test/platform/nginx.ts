import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { freePort } from '../../src/embedded-mongod/free-port.js'

/** Debian puts nginx outside of the PATH of most users. */
const path = `${process.env.PATH ?? ''}:/usr/sbin`

/** Why there is no nginx here; undefined where there is one. */
export const noNginx = await promisify(execFile)('nginx', ['-v'], { env: { PATH: path } }).then(() => undefined, () => 'there is no nginx here')

const listens = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Starts an nginx with `directives` in its `server`; its URL. It ends with the test. */
export const startNginx = async (t: Test, directives: string): Promise<string> => {
  const directory = t.testdir({})
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(directory, name)};`).join('\n')
  mkdirSync(join(directory, 'logs'), { recursive: true })
  writeFileSync(join(directory, 'nginx.conf'), `
daemon off;
worker_processes 1;
pid ${join(directory, 'pid')};
events { worker_connections 64; }
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port};
    ${directives}
  }
}
`)
  const child = spawn('nginx', ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')], { env: { PATH: path }, stdio: 'ignore' })
  const ended = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
  })
  while (!await listens(port)) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`)
    await delay(20)
  }
  return `http://127.0.0.1:${port}`
}
