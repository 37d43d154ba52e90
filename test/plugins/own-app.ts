import type { FastifyInstance } from 'fastify'
import type { Collection } from 'mongodb'
import { versionHook } from '../../src/plugins/version-hook.js'

export interface Note { _id: string, version: number, text: string }
interface NoteRoute { Params: { id: string }, Body: { text: string } }

export const notesApp = async (app: FastifyInstance, { notes }: { notes: Collection<Note> }) => {
  await app.register(versionHook)
  app.get<NoteRoute>('/notes/:id', { config: { versionHook: true } }, async (request, reply) =>
    reply.sendVersion(await notes.findOne({ _id: request.params.id })))

  app.patch<NoteRoute>('/notes/:id', { config: { versionHook: true } }, async (request, reply) => {
    const { params: { id }, body: { text } } = request
    const edited = await notes.findOneAndUpdate({ _id: id, ...request.versionFilter() },
      { $set: { text }, $inc: { version: 1 } }, { returnDocument: 'after' })
    return edited ? reply.sendVersion(edited) : reply.refuse(await notes.findOne({ _id: id }))
  })
}
