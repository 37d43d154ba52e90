import { PGlite } from '@electric-sql/pglite'
import Fastify from 'fastify'
import t from 'tap'
import { postgresql } from '../../src/conflict-translators/postgresql.js'
import { conflictRepliesPlugin } from '../../src/plugins/conflict-replies.js'
import { problem } from '../plugins/problem-app.js'

const db = new PGlite()
t.teardown(() => db.close())
await db.exec(`
  create table users (id int primary key, email text unique, tenant int, name text, "Odd, (Name)" text unique, "say ""hi""" text, unique (tenant, name));
  create unique index users_lower_idx on users (lower(email));
  create unique index by_name on users (lower(name), (tenant + 1), "say ""hi""") where tenant = 7;
  create unique index by_cast on users (upper("Odd, (Name)"::varchar)) where tenant = 8;
  insert into users values (1, 'a@b.c', 1, 'n), (x', 'o)=(o', 'h'), (7, 'seven', 7, 'seven', null, 'h'), (8, 'eight', 8, null, 'eight', null);
`)

const refusal = async (sql: string): Promise<unknown> => db.query(sql).then(() => { throw new Error('It was accepted') }, (error: unknown) => error)

t.test('a column', async (t) => {
  t.strictSame(postgresql(await refusal("insert into users (id, email) values (2, 'a@b.c')")),
    { primaryKey: false, fields: ['email'], values: { email: 'a@b.c' }, index: 'users_email_key' })
  t.strictSame(postgresql(await refusal("update users set email = 'a@b.c' where id = 7")),
    { primaryKey: false, fields: ['email'], values: { email: 'a@b.c' }, index: 'users_email_key' })
})

t.test('several columns: their values cannot be told apart', async (t) => {
  t.strictSame(postgresql(await refusal("insert into users (id, tenant, name) values (2, 1, 'n), (x')")),
    { primaryKey: false, fields: ['tenant', 'name'], values: {}, index: 'users_tenant_name_key' })
})

t.test('a quoted name', async (t) => {
  t.match(postgresql(await refusal("insert into users (id, \"Odd, (Name)\") values (2, 'o)=(o')")), { primaryKey: false, fields: ['Odd, (Name)'], index: 'users_Odd, (Name)_key' })
})

t.test('expressions name the column that they are made of', async (t) => {
  t.strictSame(postgresql(await refusal("insert into users (id, email) values (2, 'A@b.c')")), { primaryKey: false, fields: ['email'], values: {}, index: 'users_lower_idx' })
  const several = postgresql(await refusal("insert into users (id, tenant, name, \"say \"\"hi\"\"\") values (2, 7, 'SEVEN', 'h')"))
  t.match(several, { primaryKey: false, values: {}, index: 'by_name' })
  t.strictSame([several?.fields[0], several?.fields.at(-1)], ['name', 'say "hi"'])
  t.match(postgresql(await refusal("insert into users (id, tenant, \"Odd, (Name)\") values (2, 8, 'EIGHT')")), { fields: ['Odd, (Name)'], index: 'by_cast' })
})

t.test('the primary key is told apart', async (t) => {
  t.strictSame(postgresql(await refusal('insert into users (id) values (1)')), { primaryKey: true, fields: ['id'], values: { id: '1' }, index: 'users_pkey' })
})

t.test('a role that gets no detail: the column comes from the name of the constraint', async (t) => {
  await db.exec(`
    create table secrets (id int primary key, email text unique, owner text);
    create unique index mine on secrets (owner);
    alter table secrets enable row level security;
    create policy p on secrets using (true) with check (true);
    create role writer; grant insert on secrets to writer;
    insert into secrets values (1, 'a', 'o');
    set role writer;
  `)
  t.strictSame(postgresql(await refusal("insert into secrets (id, email) values (2, 'a')")), { primaryKey: false, fields: ['email'], values: {}, index: 'secrets_email_key' })
  t.strictSame(postgresql(await refusal("insert into secrets (id, owner) values (2, 'o')")), { primaryKey: false, fields: [], values: {}, index: 'mine' })
  await db.exec('reset role')
})

t.test('any other error is none of its business', async (t) => {
  t.equal(postgresql(await refusal('insert into users (id) values (null)')), undefined)
  t.equal(postgresql(await refusal('select * from nothing')), undefined)
  for (const value of [undefined, null, '23505', 23505, new Error('23505'), { code: 23505 }]) t.equal(postgresql(value), undefined)
  t.strictSame(postgresql({ code: '23505' }), { primaryKey: false, fields: [], values: {} })
})

t.test('as a reply', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(conflictRepliesPlugin, { translators: [postgresql], noun: 'user', findExisting: ({ values }) => ({ href: `/users/${String(values.email)}` }) })
  app.post('/users', () => db.query("insert into users (id, email) values (2, 'a@b.c')"))
  const reply = await app.inject({ method: 'POST', url: '/users' })
  t.equal(reply.statusCode, 409)
  t.strictSame(reply.json(), problem('duplicate', 'Conflict', 409, 'A user with this email already exists', '/users', { field: 'email', fields: ['email'], existing: { href: '/users/a@b.c' } }))
})
