/** The version of package.json, filled in by the build. */
// oxlint-disable-next-line no-underscore-dangle
declare const __APP_VERSION__: string
