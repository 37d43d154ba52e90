import type { AppOptions } from './app.js'
import { platformOf } from './platform.js'
import type { Settings } from './settings.js'
import { tokenOptions } from './sign-in/token-settings.js'

/** What the settings ask of the service, but for where its database is, its log, its page and what traces it. */
export const appOptionsOf = (settings: Settings) => ({
  database: settings.MONGODB_DB,
  bodyLimit: settings.BODY_LIMIT,
  tombstoneDays: settings.TOMBSTONE_DAYS,
  storeMode: settings.STORE_MODE,
  readConcern: settings.READ_CONCERN,
  historyLimit: settings.HISTORY_LIMIT,
  keptBytes: settings.KEPT_BYTES,
  signIn: { tokens: tokenOptions(settings) },
  events: { maxSubscribers: settings.MAX_SUBSCRIBERS, maxBytes: settings.MAX_SUBSCRIBER_BYTES },
  requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
  closeGraceMs: settings.CLOSE_GRACE_MS,
  platform: platformOf(settings)
}) satisfies Omit<AppOptions, 'mongodbUri'>
