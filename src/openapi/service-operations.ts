import { Type } from '@sinclair/typebox'
import { problemTypes } from '../problem-types.js'
import type { Operations } from './operation.js'

const ok = { 'application/json': Type.Object({ status: Type.Literal('ok') }) }

const problemType = Type.Object({ type: Type.String(), status: Type.Integer(), title: Type.String(), about: Type.String() })

/** What the routes of the service itself take and answer, beside what any route may answer. */
export const serviceOperations: Operations = {
  'GET /health/live': { id: 'health.live', tag: 'service', summary: 'Whether the process answers', successes: [{ status: 200, description: 'It does', content: ok }], problems: [] },
  'GET /health/ready': { id: 'health.ready', tag: 'service', summary: 'Whether the database has a primary that answers; 503 while it has none', successes: [{ status: 200, description: 'It has', content: ok }], problems: [] },
  'GET /metrics': { id: 'metrics', tag: 'service', summary: 'What is counted, as Prometheus reads it', successes: [{ status: 200, description: 'Metrics', content: { 'text/plain': Type.String() } }], problems: [] },
  'GET /problems/:type': {
    id: 'problems.type',
    tag: 'service',
    summary: 'What a type of problem means',
    path: { type: Type.Unsafe<string>({ type: 'string', enum: Object.keys(problemTypes), description: 'The last part of the `type` of a problem' }) },
    successes: [{ status: 200, description: 'A page, or JSON for who prefers it', content: { 'text/html': Type.String(), 'application/json': problemType } }],
    problems: [{ problem: 'not-found' }]
  },
  'GET /openapi.json': {
    id: 'openapi',
    tag: 'service',
    summary: 'This document',
    headers: ['If-None-Match'],
    successes: [{ status: 200, description: 'OpenAPI 3.1', content: { 'application/json': Type.Object({ openapi: Type.String() }) }, headers: ['ETag of the page'] }, { status: 304, description: 'What the client has is what is there', headers: ['ETag of the page'] }],
    problems: []
  }
}
