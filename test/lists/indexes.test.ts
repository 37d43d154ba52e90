import type { Document } from 'mongodb'
import t from 'tap'
import { articles } from '../../src/resources/articles.js'
import type { Resource } from '../../src/resources/resource.js'
import { users } from '../../src/resources/users.js'
import { listIndexes } from '../../src/versioned-store/list-index.js'
import { buildTestApp } from '../app.js'
import { create, send, urlOf } from '../contract/stored.js'
import { parts } from './parts.js'
import { readPage } from './walk.js'

/** For each filter that a resource declares: queries with it, and with two values. */
const resources: readonly (readonly [Resource, (i: number) => object, readonly (readonly string[])[]])[] = [
  [articles, (i) => ({ title: `title ${i % 7}` }), [['status=draft', 'status=draft&status=published']]],
  [users, (i) => ({ email: `user.${i}@example.org`, username: `user ${i}` }), [['email=USER.3@example.org', 'email=user.3@example.org&email=user.4@example.org'], ['username=User 3', 'username=user 3&username=user 4']]],
  [parts, (i) => ({ name: `name ${i % 7}`, price: i % 5, stock: i % 3, active: i % 2 === 0, labels: [`label ${i % 4}`, 'all'] }), [
    ['labels=label 1', 'labels=label 1&labels=all'], ['state=new', 'state=new&state=used'], ['active=true', 'active=true&active=false'], ['stock=1', 'stock=1&stock=2'],
    ['name[gte]=name 2', 'name[gte]=name 2&name[lt]=name 5'], ['price[gt]=1', 'price[gt]=1&price[lte]=3'], ['createdAt[gt]=2026-01-01', 'createdAt[gt]=2026-01-01&createdAt[lt]=2100-01-01']
  ]]
]

const stagesOf = ({ stage, inputStage, inputStages = [] }: Document): string[] =>
  [String(stage), ...[inputStage, ...(inputStages as unknown[])].flatMap((below) => below === undefined ? [] : stagesOf(below as Document))]

// A scan of a stretch of an index, its documents, and several of both merged: nothing that reads all documents, or sorts.
const allowed = ['LIMIT', 'FETCH', 'IXSCAN', 'SORT_MERGE', 'PROJECTION_DEFAULT', 'PROJECTION_SIMPLE', 'SUBPLAN']
/** The fields of a command that make its plan. */
const explained = ['find', 'filter', 'sort', 'projection', 'limit', 'hint', 'collation']
const count = 60
const limit = 2

for (const [resource, content, filters] of resources) {
  t.test(`each filter and sort of ${resource.name} has an index that is used`, async (t) => {
    const { app, db } = await buildTestApp(t, { resources: [resource] })
    const url = `/api/${resource.name}`
    const stored = await Promise.all(Array.from({ length: count }, (_, i) => create(app, url, content(i))))
    for (const document of stored.slice(0, 5)) await send(app, 'DELETE', urlOf(document, url), undefined, { 'if-match': '*' })
    t.equal(filters.length, resource.listRules.filters.size, 'each filter is asked for')

    // What the database was really asked, by its own profile.
    await db.setProfilingLevel('all')
    const combined = filters.map(([query]) => query).join('&')
    for (const sort of resource.listRules.sorts.keys()) {
      for (const direction of ['', '-']) {
        for (const filter of ['', ...filters.flat(), combined]) {
          await db.setProfilingLevel('off')
          await db.collection('system.profile').drop().catch(() => undefined)
          await db.setProfilingLevel('all')
          const first = await readPage(app, encodeURI(`${url}?sort=${direction}${sort}&limit=${limit}&${filter}`))
          if (first.following !== undefined) await readPage(app, first.following)
          await db.setProfilingLevel('off')
          const profiled = await db.collection('system.profile').find({ ns: `${db.databaseName}.${resource.name}`, 'command.find': { $exists: true } }).toArray()
          t.equal(profiled.length, first.following === undefined ? 1 : 3, `${direction}${sort} ${filter}: an order, and its documents where it was read apart`)
          for (const { command } of profiled as Document[]) {
            const asked = Object.fromEntries(Object.entries(command as Document).filter(([name]) => explained.includes(name)))
            const condition = JSON.stringify(asked.filter)
            const { queryPlanner, executionStats } = await db.command({ explain: asked, verbosity: 'executionStats' }) as { queryPlanner: { winningPlan: Document }, executionStats: Document }
            const stages = stagesOf(queryPlanner.winningPlan)
            t.strictSame(stages.filter((stage) => !allowed.includes(stage)), [], `${stages.join(' ')} for ${condition}`)
            t.ok(stages.includes('IXSCAN'))
            // Each stretch of the index is looked at as far as it takes for a page, and no further.
            if (filter !== combined) t.ok(Number(executionStats.totalDocsExamined) <= (limit + 1) * stages.filter((stage) => stage === 'IXSCAN').length, `${String(executionStats.totalDocsExamined)} documents examined for ${condition}`)
          }
        }
      }
    }
    const indexes = await db.collection(resource.name).indexes()
    for (const { name, key, partialFilterExpression } of indexes as Document[]) {
      if (name !== '_id_') t.strictSame((partialFilterExpression as Document | undefined)?.deletedAt, null, `no tombstone is in the index of ${Object.keys(key as Document).join()}`)
    }
  })
}

t.test('one index for each sort, and one for each pair of a sort and a field that is compared with values', (t) => {
  const names = (resource: Resource) => listIndexes(resource.listRules.fields).map(({ name }) => name)
  t.strictSame(names(articles), [
    'createdAt_-1__id_-1', 'data.status_1_createdAt_-1__id_-1',
    'updatedAt_-1__id_-1', 'data.status_1_updatedAt_-1__id_-1',
    'data.title_-1__id_-1', 'data.status_1_data.title_-1__id_-1'
  ])
  t.equal(names(users).length, 5, 'a filter by the field that is sorted by needs none of its own')
  t.end()
})
