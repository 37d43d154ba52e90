/*
 * Chromium calls the language of the POSIX locale `en-US@posix`, which Intl refuses; uPlot asks Intl for it as it is loaded. To be
 * imported before uPlot.
 */
try {
  Intl.getCanonicalLocales(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' })
}
